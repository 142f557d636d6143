"""What borrowing costs by a rule, late or not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar


class RentalUnit(StrEnum):
    """What a rental is charged for."""

    LOAN = "loan"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Rental:
    """What a loan costs, or each day of it. Each renewal costs the same again, for its own days."""

    amount: Money
    per: RentalUnit = RentalUnit.LOAN

    def cost(self, begin: datetime, due_at: datetime, calendar: Calendar) -> Money | None:
        """Return what it costs to borrow from `begin` until `due_at`; None if nothing. A day that has begun counts."""
        days = max(1, (calendar.day_of(due_at) - calendar.day_of(begin)).days)
        owed = self.amount * days if self.per is RentalUnit.DAY else self.amount
        return owed if owed.amount > 0 else None
