"""Statements that read copies, branches and what lending asks of them."""
