"""What a membership costs, and what of it is due when somebody joins or is renewed."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FeeKind(StrEnum):
    """Why a fee is due: somebody joined, or a membership lasts for another year."""

    ENROLMENT = "enrolment"
    MEMBERSHIP = "membership"


@dataclass(frozen=True, slots=True)
class Fee:
    """An amount in minor units. Without a currency it is in that of the library, which lending knows."""

    amount: int
    currency: str | None = None

    def times(self, number: int) -> "Fee":
        """Return it so many times."""
        return Fee(self.amount * number, self.currency)


@dataclass(frozen=True, slots=True)
class FeeDue:
    """A fee that a member owes from now on."""

    kind: FeeKind
    fee: Fee


def years_begun(first: date, last: date) -> int:
    """Return how many years have begun when a membership that began on `first` ends on `last`; none if it is over.

    One that ends in 9999 never does: it begins one year. A year that began on the last day of February is over on the
    last day of February.
    """
    if last <= first:
        return 0
    if last.year == date.max.year:
        return 1
    months = (last.year - first.year) * 12 + last.month - first.month
    is_last_of_month = first.day == monthrange(first.year, first.month)[1]
    return -(-(months + (last.day > first.day and not is_last_of_month)) // 12)
