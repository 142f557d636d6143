"""Annual reports: the forms that a library fills in once a year, from what was counted and what people enter."""
