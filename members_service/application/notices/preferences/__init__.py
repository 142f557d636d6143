"""What members want to be told."""
