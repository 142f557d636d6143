"""Cards and their PINs."""
