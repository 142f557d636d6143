"""Lending: loans from check-out to return."""
