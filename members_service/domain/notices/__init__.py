"""Notices to people: what they are told, in which messages, and what became of each."""
