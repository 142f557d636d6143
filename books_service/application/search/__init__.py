"""Search: finding books by words."""
