"""Exchange: what imports change, and what they know again."""
