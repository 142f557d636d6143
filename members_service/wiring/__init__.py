"""Puts the use cases together, a module for each concept, out of what is opened once per process."""
