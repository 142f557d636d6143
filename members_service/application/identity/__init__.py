"""Identity: accounts, sessions and tokens."""
