"""The database of the service: tables, repositories and the unit of work."""
