"""A year of lending in which everything happens by chance, and what its figures have to be."""
