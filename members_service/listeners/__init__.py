"""What membership hears from other services."""
