"""Formats that are plain text: tables and trees."""
