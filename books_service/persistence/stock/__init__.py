"""The stock: copies and the branches that keep them."""
