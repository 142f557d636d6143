"""Statements that find books by words, on either database."""
