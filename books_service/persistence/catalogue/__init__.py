"""The catalogue: books and what is told of them."""
