"""Along which dimensions the catalogue counts."""

DIMENSIONS = ("branch", "item_type", "location", "channel", "reason")
