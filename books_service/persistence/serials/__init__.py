"""Subscriptions and issues of periodicals, on tables."""
