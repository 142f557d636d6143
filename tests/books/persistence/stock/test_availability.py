"""Availability is what circulation last said, seen through the status, whatever the way the news took."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from books_service.application.catalogue.views import AvailabilityView
from books_service.application.stock.follow_circulation import CirculationNews
from books_service.application.stock.views import CopyView
from books_service.domain.catalogue.copy_counts import BranchCounts
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.viewer import STAFF
from books_service.persistence.tables import stock
from shared.kernel.ids import new_id
from tests.books.library import Library
from tests.books.makers import NOW, a_copy

BOOKS, COPIES = 2, 4
WORDS = st.sampled_from(list(Availability))


@dataclass(frozen=True, slots=True)
class News:
    """What circulation said of one of the copies, by its place in the list."""

    copy: int
    word: Availability
    sequence: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Act:
    """What the library does: it takes a copy into stock (no status), or says something else of it."""

    copy: int
    status: CopyStatus | None


@st.composite
def what_circulation_says(draw: st.DrawFn) -> list[News]:
    words = draw(st.lists(st.tuples(st.integers(0, COPIES - 1), WORDS), max_size=12))
    return [News(copy, word, place + 1, str(new_id())) for place, (copy, word) in enumerate(words)]


def as_delivered(reported: Sequence[News], rng: Random) -> list[News]:
    """Everything at least once, some of it twice or thrice, in any order."""
    delivered = [news for news in reported for _ in range(rng.choice((1, 1, 2, 3)))]
    rng.shuffle(delivered)
    return delivered


def among(acts: Sequence[Act], delivered: Sequence[News], rng: Random) -> list[Act | Sequence[News]]:
    """Mix what the library does, in its order, with what it hears, in batches."""
    mixed: list[Act | Sequence[News]] = list(acts)
    rest = list(delivered)
    while rest:
        size = rng.randint(1, 5)
        mixed.insert(rng.randint(0, len(mixed)), rest[:size])
        rest = rest[size:]
    return mixed


@settings(max_examples=30)
@given(
    reported=what_circulation_says(),
    statuses=st.lists(st.tuples(st.integers(0, COPIES - 1), st.sampled_from(list(CopyStatus))), max_size=6),
    rng=st.randoms(use_true_random=False),
)
async def test_news_replayed_and_shuffled_leave_what_a_count_from_scratch_finds(
    library: Library, reported: list[News], statuses: list[tuple[int, CopyStatus]], rng: Random
) -> None:
    acts = [*(Act(copy, None) for copy in range(COPIES)), *(Act(copy, status) for copy, status in statuses)]
    world = await World.of(library)

    for event in among(acts, as_delivered(reported, rng), rng):
        await world.let(event)

    last = {news.copy: CopyAvailability(news.word) for news in reported}
    status = dict.fromkeys(range(COPIES), CopyStatus.IN_SERVICE) | dict(statuses)
    assert world.counted_from_scratch(status, last) == await world.shown()
    seen = [(await library.queries.copy(copy_id)).availability for copy_id in world.copies]
    assert [CopyAvailability.of(status[copy], last.get(copy)).availability for copy in range(COPIES)] == seen


class World:
    """Books and copies of one example, all of them new."""

    def __init__(self, library: Library, books: Sequence[UUID]) -> None:
        self.library = library
        self.books = books
        self.copies = [new_id() for _ in range(COPIES)]

    @classmethod
    async def of(cls, library: Library) -> "World":
        return cls(library, [(await library.shelve())[0].book_id for _ in range(BOOKS)])

    async def let(self, event: Act | Sequence[News]) -> None:
        async with self.library.unit_of_work() as uow:
            if isinstance(event, Act) and event.status is None:
                copy_id = self.copies[event.copy]
                book_id = self.books[event.copy % BOOKS]
                uow.copies.add(a_copy(id=copy_id, book_id=book_id, barcode=str(copy_id), with_events=True))
                await uow.commit()
        if isinstance(event, Act) and event.status is not None:
            # Whether a status may be said is not the question here: an admin says it of a copy that is nowhere.
            async with self.library.unit_of_work() as uow:
                copy = await uow.copies.get(self.copies[event.copy])
                copy.change_status(event.status, reason=None, by_admin=True, now=NOW)
                await uow.commit()
        elif not isinstance(event, Act):
            news = [
                CirculationNews(one.message_id, self.copies[one.copy], NOW, one.sequence, one.word) for one in event
            ]
            await self.library.stock.follow_circulation(news, listener="books.circulation")

    async def shown(self) -> list[AvailabilityView]:
        return [(await self.library.queries.book(book_id, STAFF)).availability for book_id in self.books]

    def counted_from_scratch(
        self, status: dict[int, CopyStatus], last: dict[int, CopyAvailability]
    ) -> list[AvailabilityView]:
        counted = []
        for book in range(BOOKS):
            mine = [copy for copy in range(COPIES) if copy % BOOKS == book]
            public = [copy for copy in mine if status[copy].public]
            seen = Counter(CopyAvailability.of(status[copy], last.get(copy)).availability for copy in public)
            counted.append(
                AvailabilityView(
                    copies=len(mine),
                    lendable=sum(status[copy].lendable for copy in mine),
                    available=seen[Availability.AVAILABLE],
                    requested=seen[Availability.REQUESTED],
                    on_loan=seen[Availability.ON_LOAN],
                    on_hold_shelf=seen[Availability.ON_HOLD_SHELF],
                    hidden_copies=len(mine) - len(public),
                    branches=_in_main(
                        len(public), sum(status[copy].lendable for copy in mine), seen[Availability.AVAILABLE]
                    ),
                )
            )
        return counted


def _in_main(shown: int, lendable: int, available: int) -> tuple[BranchCounts, ...]:
    return (BranchCounts("MAIN", shown, lendable, available),) if shown else ()


async def test_whoever_changes_copies_of_one_book_at_the_same_time_counts_what_the_others_did(library: Library) -> None:
    book, copies = await library.shelve(*(f"{number}" for number in range(12)))
    lent, repaired, untouched = copies[:5], copies[5:9], copies[9:]

    await asyncio.gather(
        *(library.hear(copy.copy_id, "on_loan", sequence=7, due_at=NOW) for copy in lent),
        *(library.set_status(copy.copy_id, "in_repair") for copy in repaired),
        *(library.add_copy(book.book_id, f"new-{number}") for number in range(3)),
    )

    seen = (await library.queries.book(book.book_id)).availability
    assert seen == AvailabilityView(
        copies=15,
        lendable=11,
        available=len(untouched) + 3,
        requested=0,
        on_loan=5,
        on_hold_shelf=0,
        branches=_in_main(15, 11, len(untouched) + 3),
    )


async def test_news_of_the_same_copies_in_two_orders_at_once_do_not_block_each_other(library: Library) -> None:
    copies: list[CopyView] = []
    for number in range(6):
        copies += (await library.shelve(f"{number}", title=f"Volume {number}"))[1]

    async def hear(order: Sequence[CopyView], sequence: int) -> None:
        news = [
            CirculationNews(str(new_id()), copy.copy_id, NOW, sequence, Availability.ON_LOAN, NOW) for copy in order
        ]
        await library.stock.follow_circulation(news, listener="books.circulation")

    for sequence in range(1, 9, 2):
        await asyncio.gather(hear(copies, sequence), hear(copies[::-1], sequence + 1))

    counted = await library.database.rows(select(stock.c.available, stock.c.on_loan))
    assert [(0, 1)] * 6 == [tuple(row) for row in counted]
