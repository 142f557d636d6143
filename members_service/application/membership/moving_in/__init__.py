"""A library that moves in: the members whom another system has kept."""
