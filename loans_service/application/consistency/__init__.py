"""Consistency: what two services say of the same copy."""
