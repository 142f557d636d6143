"""Photographs of members."""
