"""MARC: its two file forms, and how its fields are read and written."""
