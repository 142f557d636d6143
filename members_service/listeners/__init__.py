"""Listeners to the events of other services."""
