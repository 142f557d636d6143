"""The database side of every service: one engine, one kind of transaction, and the tables of events and receipts."""
