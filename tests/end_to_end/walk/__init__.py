"""A random walk through the whole library: what is done at random, and what must hold whatever was done."""
