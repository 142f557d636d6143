"""The authorities, on tables."""
