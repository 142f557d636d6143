"""What lateness costs by a rule."""

from dataclasses import dataclass, replace
from enum import StrEnum

from loans_service.domain.money import Money


class FineUnit(StrEnum):
    """What lateness is counted in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class RecallRate:
    """What lateness costs instead once the loan was shortened for a recall."""

    per_day: Money
    most: Money
    grace_days: int = 0
    per: FineUnit = FineUnit.DAY
    every: int = 1


@dataclass(frozen=True, slots=True)
class OverdueRate:
    """What lateness costs for `every` so many hours, days or weeks (`per`) that have begun, and at most.

    It is free for up to `grace_days`. Time in which the branch is closed costs nothing unless `count_closed`.
    `after_recall` applies to recalled loans instead. `forgive_on_renewal`: a late loan may be renewed, and then its
    lateness costs nothing.
    """

    per_day: Money
    most: Money
    grace_days: int
    per: FineUnit = FineUnit.DAY
    every: int = 1
    count_closed: bool = False
    after_recall: RecallRate | None = None
    forgive_on_renewal: bool = False

    def of(self, *, recalled: bool) -> "OverdueRate":
        """Return the rate for a loan, which may be recalled."""
        other = self.after_recall
        if not recalled or other is None:
            return self
        return replace(
            self,
            per_day=other.per_day,
            most=other.most,
            grace_days=other.grace_days,
            per=other.per,
            every=other.every,
        )
