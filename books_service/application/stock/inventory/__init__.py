"""Taking inventory: what stands on the shelves beside what should."""
