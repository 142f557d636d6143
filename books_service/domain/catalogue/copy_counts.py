"""How many copies of a book there are, as the catalogue counts them: it knows no single one."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class BranchCounts:
    """How many copies of a book a branch has, on its shelves or out; how many are lent there, and can be had now."""

    branch: str
    copies: int
    lendable: int
    available: int


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """How many copies of a book there are; how many may be lent at all; how many are where; how many each branch has.

    `hidden_copies` of the copies are not shown to the public, and counted nowhere else. A copy counts in the branch
    where it stands on a shelf, else in its home branch.
    """

    copies: int
    lendable: int
    available: int
    requested: int
    on_loan: int
    on_hold_shelf: int
    hidden_copies: int = 0
    branches: tuple[BranchCounts, ...] = ()

    def __add__(self, other: "CopyCounts") -> "CopyCounts":
        return CopyCounts(
            self.copies + other.copies,
            self.lendable + other.lendable,
            self.available + other.available,
            self.requested + other.requested,
            self.on_loan + other.on_loan,
            self.on_hold_shelf + other.on_hold_shelf,
            self.hidden_copies + other.hidden_copies,
            _together(*self.branches, *other.branches),
        )


def _together(*counts: BranchCounts) -> tuple[BranchCounts, ...]:
    """Return one count for each branch, in the order of their codes."""
    by_branch = attrgetter("branch")
    groups = ((branch, [*of_it]) for branch, of_it in groupby(sorted(counts, key=by_branch), by_branch))
    return tuple(
        BranchCounts(
            branch, *(sum(getattr(each, name) for each in of_it) for name in ("copies", "lendable", "available"))
        )
        for branch, of_it in groups
    )


NO_COPIES = CopyCounts(0, 0, 0, 0, 0, 0)
