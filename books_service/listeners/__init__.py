"""What the catalogue hears from other services."""
