"""The use cases of membership, identity and privacy."""
