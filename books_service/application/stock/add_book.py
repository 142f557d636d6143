"""Add a book to the catalogue, perhaps with copies of it: fast add."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, cast

from books_service.application.catalogue.add_book import REFUSALS, NewBook, put_into_catalogue
from books_service.application.catalogue.views import BookView
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.copy_facts import facts_of
from books_service.domain.catalogue.book import Book, BookNotFound
from books_service.domain.catalogue.copy_counts import NO_COPIES
from books_service.domain.rights import COPIES
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.new_stock import counts_of_new
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, refusals_of, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class CopyOfNewBook:
    """A copy that is added with its book: its facts are those of a `NewCopy`."""

    facts: Mapping[str, Any]
    status: str = CopyStatus.IN_SERVICE


@dataclass(frozen=True, slots=True)
class NewBookWithCopies:
    """A book, and copies of it."""

    book: NewBook
    copies: tuple[CopyOfNewBook, ...] = ()


@refuses(*REFUSALS, *(refusal for refusal in refusals_of(AddCopy) if refusal is not BookNotFound))
@dataclass(frozen=True, slots=True)
class AddBook:
    """Add a book to the catalogue, and copies of it if any are named: all of it, or nothing.

    - ISBNs may be given as ISBN-10 or ISBN-13; their check digits are verified, and they are kept as ISBN-13. The first
      is the main one.
    - An ISBN that the catalogue has already is refused, naming the book that has it. But several books may have the
      number of their set behind their main one; it names none of them.
    - A year before our era is negative.
    - A name or subject that is another form of an authority's heading (`see_from`), or the heading in another writing,
      is replaced by the heading.
    - A relation to another book is told of both. A merged book stands for the one in its place.
    - A copy may be lent at once, also one of a book that is `suppressed`, which only staff see until it is catalogued:
      they list such books by `suppressed=true`.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock
    currency: str

    async def __call__(self, command: NewBookWithCopies, receipt: Receipt | None = None) -> BookView:
        async with self.unit_of_work(receipt) as uow:
            book, related = await put_into_catalogue(command.book, uow, now=self.clock.now())
            copies = await self._copies_of(book, command.copies, uow, by=command.book.by)
            counts = reduce(add, map(counts_of_new, copies), NO_COPIES)
            view = BookView.of(book, counts, related)
            await uow.commit(answer=view)
        return view

    async def _copies_of(
        self, book: Book, named: Sequence[CopyOfNewBook], uow: UnitOfWork, *, by: str | None
    ) -> list[Copy]:
        numbers = await uow.next_copy_numbers(len(named))
        copies = list[Copy]()
        for place, (each, number) in enumerate(zip(named, numbers, strict=True)):
            with _refused_at(place):
                facts = await facts_of(each.facts, uow, currency=self.currency)
                authorise(COPIES, facts["branch"])
                facts = cast("CopyFacts", {**facts, "book_id": book.id})
                status, now = CopyStatus(each.status), book.added_at
                copies.append(Copy.add(facts, id=new_id(), now=now, status=status, by=by, number=number))
        for copy in copies:
            uow.copies.add(copy)
        return copies


@contextmanager
def _refused_at(place: int) -> Iterator[None]:
    """Let a refusal of one of the copies say which."""
    try:
        yield
    except InvalidValue as error:
        error.field = f"copies.{place}.{error.field}"
        raise
