"""The words of notices, as the library changes them."""
