"""Tills: where money is taken and given back, and what was counted there."""
