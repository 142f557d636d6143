"""Names and subjects as records of their own: one heading each, and the other forms that lead to it."""
