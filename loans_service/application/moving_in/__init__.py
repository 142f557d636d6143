"""A library that moves in: the open loans, holds and debts that another system has kept."""
