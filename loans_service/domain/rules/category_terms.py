"""What members of a category may have at the same time, and limits that several item types or branches share."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from loans_service.domain.money import Money


class Arrears(StrEnum):
    """What stops borrowing at its limit, and other acts where the policy says so; the values are codes of refusals."""

    FINES_OWED = "fines-owed"
    TOO_MANY_OVERDUE = "too-many-overdue"
    TOO_MANY_LOST = "too-many-lost"
    RECALL_OVERDUE = "recall-overdue"


@dataclass(frozen=True, slots=True)
class SharedLimit:
    """How many loans of these item types, made in these branches (in capitals), somebody may have together.

    No item types: of all; no branches: in all.
    """

    most: int
    item_types: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()

    def counts(self, item_type: str, *, branch: str) -> bool:
        """Return whether a loan of this item type that is made in `branch` counts towards the limit."""
        of_type = not self.item_types or item_type in self.item_types
        return of_type and (not self.branches or branch.upper() in self.branches)


def limit_problems(limits: Iterable[SharedLimit]) -> Iterator[tuple[str, str]]:
    """Yield the place of each limit that limits nothing in particular, and what to do about it."""
    for place, limit in enumerate(limits):
        if not limit.item_types and not limit.branches:
            yield f"{place}", "Name the item types or branches that share this limit; `most_loans` is for all loans."


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTerms:
    """What members of a category may have at the same time. None in `category`: all other categories.

    Borrowing stops with `most_overdue` loans late, `most_lost` copies lost, a recalled loan late by
    `most_days_recall_overdue`, or `most_owed` owed; None: whatever it is. With `count_accruing`, what late loans would
    cost if they ended now counts as owed; with `count_wards`, what those owe for whom the member pays as a guardian.
    `most_holds_per_day` is how many holds one places on a day, None for any number.
    """

    category: str | None = None
    most_loans: int
    most_loans_per_item_type: Mapping[str, int] = field(default_factory=dict)
    most_loans_of: tuple[SharedLimit, ...] = ()
    most_holds: int
    most_holds_per_day: int | None = None
    most_holds_per_item_type: Mapping[str, int] = field(default_factory=dict)
    most_overdue: int
    most_owed: Money
    most_lost: int | None = None
    most_days_recall_overdue: int | None = None
    count_accruing: bool = False
    count_wards: bool = False
