"""Letters, printed together."""
