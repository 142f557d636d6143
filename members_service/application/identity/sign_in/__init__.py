"""Signing in: credentials, clients, and the page with its steps."""
