"""What lending counts."""
