"""The catalogue: books and what is recorded of them."""
