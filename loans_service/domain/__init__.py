"""The rules of lending, true in a library with no computers."""
