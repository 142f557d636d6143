"""List titles of which another copy should be bought: many wait for few copies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.holds.queries import HoldQueries, WaitedFor
from loans_service.application.neighbours import CopiesOfBook, Titles
from shared.kernel.errors import NeighbourUnavailable, refuses

_AT_ONCE = 100  # as many as books answers for in one batch
_MOST_ROUNDS = 10

RatioPlace = tuple[int, UUID]
"""Behind which title a page begins: how many waited for it, and its id."""


@dataclass(frozen=True, slots=True)
class TitleInDemand:
    """A title that many wait for. `ratio` is how many wait for each copy that is lent, null if there is none.

    `holdable_copies` are those and the ones that may be lent again, or will: on order, in repair, missing.
    """

    book_id: UUID
    title: str
    waiting: int
    lendable_copies: int
    holdable_copies: int
    ratio: float | None
    first_placed_at: datetime


@refuses(NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ListHoldsRatio:
    """List titles for which so many or more wait for each copy that is lent, those with the longest queues first.

    Books is asked how many copies it lends; a title that it no longer has is left out. Where few titles are in demand,
    it is asked so many times at most: the last place then has no title, and is where to go on.
    """

    queries: HoldQueries
    titles: Titles

    async def __call__(
        self, *, at_least: int, branch: str | None, after: RatioPlace | None, limit: int
    ) -> list[tuple[RatioPlace, TitleInDemand | None]]:
        found: list[tuple[RatioPlace, TitleInDemand | None]] = []
        for _ in range(_MOST_ROUNDS):
            waited_for = await self.queries.waited_for(branch=branch, after=after, limit=_AT_ONCE)
            if not waited_for:
                return found
            counts = await self.titles.copies_of_books([each.book_id for each in waited_for])
            found += _in_demand(waited_for, counts, at_least)
            if len(found) >= limit:
                return found[:limit]
            after = waited_for[-1].waiting, waited_for[-1].book_id
        return found if after is None else [*found, (after, None)]


def _in_demand(
    waited_for: list[WaitedFor], counts: Mapping[UUID, CopiesOfBook], at_least: int
) -> Iterator[tuple[RatioPlace, TitleInDemand]]:
    for each in waited_for:
        if (copies := counts.get(each.book_id)) is None or each.waiting < at_least * copies.lendable:
            continue
        ratio = round(each.waiting / copies.lendable, 2) if copies.lendable else None
        title = TitleInDemand(
            each.book_id, copies.title, each.waiting, copies.lendable, copies.holdable, ratio, each.first_placed_at
        )
        yield (each.waiting, each.book_id), title
