"""Exchange: what imports change, and what they recognise."""
