"""Admission control: which requests are worked on, how many at once, and which are shed. README.md explains it."""
