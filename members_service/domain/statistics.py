"""Along which dimensions members are counted."""

DIMENSIONS = ("branch", "category", "age_band", "channel", "reason")
