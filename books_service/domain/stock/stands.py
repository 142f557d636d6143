"""In which branch a copy is, and why: circulation reports where it was put, the catalogue says where it is at home."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from books_service.domain.stock.branch import branch_key


class StandsWhy(StrEnum):
    """Why a copy is where it is. Temporary: staff put it there for a while."""

    HOME = "home"
    FLOATED = "floated"
    TEMPORARY = "temporary"
    IN_TRANSIT = "in_transit"
    ON_LOAN = "on_loan"
    HOLD_SHELF = "hold_shelf"


ON_SHELF = frozenset({StandsWhy.HOME, StandsWhy.FLOATED, StandsWhy.TEMPORARY})
"""Why a copy is where it can be found on a shelf."""


@dataclass(frozen=True, slots=True)
class ReportedStands:
    """What circulation last said of where a copy is. `branch` is null for one at home, and where it did not say."""

    branch: str | None = None
    why: StandsWhy = StandsWhy.HOME
    since: datetime | None = None


AT_HOME = ReportedStands()


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a copy is, why, and since when. The location in that branch is known of one on its shelf alone.

    One that travels stands in the branch that it left, until it arrives; one on loan, in the branch that lent it.
    """

    branch: str
    location: str | None
    why: StandsWhy
    since: datetime

    @classmethod
    def of(
        cls,
        reported: ReportedStands,
        *,
        home: str,
        location: str | None,
        added_at: datetime,
        placed_at: datetime | None = None,
    ) -> Self:
        """Return where a copy is that is at home there: since it was added, unless circulation says otherwise.

        One that floated into what is its home by now is at home. `placed_at` is since when it has its home there for a
        while; None: it always has.
        """
        since = reported.since or added_at
        is_there = reported.branch is not None and branch_key(reported.branch) == branch_key(home)
        if reported.why is StandsWhy.HOME or (reported.why is StandsWhy.FLOATED and is_there):
            if placed_at is not None:
                return cls(home, location, StandsWhy.TEMPORARY, max(since, placed_at))
            return cls(home, location, StandsWhy.HOME, since)
        return cls(reported.branch or home, None, reported.why, since)
