"""A limit that several item types or branches share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


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
