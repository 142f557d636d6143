"""The rules: policy, calendars, and what follows from them."""
