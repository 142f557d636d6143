"""Queries for whether copies and money are where they should be."""
