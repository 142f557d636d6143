"""Which books are hidden from the public is kept in the transaction that changes them, as the domain says."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from books_service.application.catalogue.revise_book import BookRevision
from books_service.application.stock.revise_copy import CopyRevision
from books_service.domain.catalogue.book import hidden
from books_service.domain.catalogue.copy_counts import BranchCounts, CopyCounts
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.viewer import STAFF
from tests.books.library import Library
from tests.books.makers import a_record


async def say_of_copy(library: Library, copy_id: UUID, **facts: Any) -> None:
    await library.stock.revise_copy(CopyRevision(copy_id, None, facts))


async def say_of_book(library: Library, book_id: UUID, **fields: Any) -> None:
    await library.books.revise_book(BookRevision(book_id, None, fields))


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_acts_books_are_hidden_and_copies_counted_as_the_domain_has_it(
    library: Library, seed: int
) -> None:
    rng = Random(seed)
    await library.open_branch()
    titles = [await library.add_book(title=f"Title {number}") for number in range(3)]
    copies = [await library.add_copy(book_id=titles[number % 3].book_id, barcode=str(number)) for number in range(5)]

    for _ in range(25):
        copy, title = rng.choice(copies), rng.choice(titles)
        act = rng.choice(("status", "copy", "title", "format", "move"))
        if act == "status":
            await library.set_status(copy.copy_id, rng.choice([*CopyStatus]), by_admin=True)
        elif act == "copy":
            await say_of_copy(library, copy.copy_id, suppressed=rng.random() < 0.5)
        elif act == "move":
            await say_of_copy(library, copy.copy_id, book_id=title.book_id)
        elif act == "title":
            await say_of_book(library, title.book_id, suppressed=rng.random() < 0.3)
        else:
            await say_of_book(library, title.book_id, format=rng.choice(("ebook", "book")))

        for each in titles:
            seen = await library.queries.book(each.book_id, STAFF)
            held = await library.queries.copies_of(each.book_id, STAFF, after=None, limit=100)
            shown = [one for one in held if one.status.public and not one.suppressed]
            lent = sum(one.status.lendable for one in shown)
            in_main = (BranchCounts("MAIN", len(shown), lent, lent),) if shown else ()
            expected = CopyCounts(len(held), lent, lent, 0, 0, 0, len(held) - len(shown), in_main)
            assert expected == CopyCounts(*(getattr(seen.availability, name) for name in CopyCounts.__slots__))
            record = a_record(suppressed=seen.suppressed, format=seen.format)
            assert hidden(record, expected) == seen.hidden
