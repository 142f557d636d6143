"""Membership: who belongs to the library, and what that allows."""
