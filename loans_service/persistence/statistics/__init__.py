"""What acts of lending add to the cube."""
