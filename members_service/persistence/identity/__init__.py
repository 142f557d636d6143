"""Accounts, sessions and tries to sign in, as the database keeps them."""
