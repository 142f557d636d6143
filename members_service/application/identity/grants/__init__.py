"""Roles, and which accounts have them where."""
