"""Circulation over HTTP."""
