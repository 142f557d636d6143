"""Bodies in JSON: read strictly, written plainly."""
