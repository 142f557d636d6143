"""Routes for authorities."""
