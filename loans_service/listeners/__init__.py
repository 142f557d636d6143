"""What circulation hears from other services."""
