"""What a membership allows, and who stops it."""
