"""PDF pages of labels and cards: text in the scripts of the world, and codes for scanners."""
