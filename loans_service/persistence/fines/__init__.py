"""Fines: the ledger of what is owed."""
