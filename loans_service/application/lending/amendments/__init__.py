"""Amendments: what is noted on loans that are out, and what it costs."""
