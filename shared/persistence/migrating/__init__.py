"""Bringing a database to the schema that the code expects, and the rights on it."""
