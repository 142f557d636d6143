"""What another system has kept of circulation, and how it goes on here."""
