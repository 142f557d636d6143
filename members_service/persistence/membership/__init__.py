"""Members, their cards, blocks and history, and the categories, as the database keeps them."""
