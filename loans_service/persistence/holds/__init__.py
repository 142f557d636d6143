"""Holds: who waits for what, and where copies wait for them."""
