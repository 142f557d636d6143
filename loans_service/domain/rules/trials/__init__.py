"""A policy is tried out before it counts: on cases and on past loans."""
