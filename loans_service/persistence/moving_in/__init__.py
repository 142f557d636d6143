"""What another system has kept: its files, and many records at once."""
