"""Accounts: what somebody signs in with, and who may change it."""
