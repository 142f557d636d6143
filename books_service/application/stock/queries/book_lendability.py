"""How many copies of many books may be lent, by whatever names the books are given."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, bindparam, func, select, type_coerce, union
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.application.stock.views import BookLendability, BookQuestion
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn, bearer
from books_service.domain.catalogue.record import external_key
from books_service.domain.notation import volume_key
from books_service.domain.stock.volume import volumes_of
from books_service.persistence.tables import book_identifiers, books, copies
from shared.kernel.errors import LibraryError

_ISBN = type_coerce(books.c.isbn, String)
_same = books.alias("same")
_NAMED = (
    select(books.c.book_id, books.c.title, _ISBN.label("isbn"), book_identifiers.c.key)
    .outerjoin_from(
        books,
        book_identifiers,
        (book_identifiers.c.book_id == books.c.book_id) & book_identifiers.c.key.in_(bindparam("keys", expanding=True)),
    )
    .where(  # OR would read all books
        books.c.book_id.in_(
            union(
                select(_same.c.book_id).where(_same.c.book_id.in_(bindparam("ids", expanding=True))),
                select(book_identifiers.c.book_id).where(book_identifiers.c.key.in_(bindparam("keys", expanding=True))),
            )
        )
    )
)
_COPIES = (
    select(copies.c.book_id, copies.c.item_type, copies.c.status, copies.c.volume, func.count().label("number"))
    .where(copies.c.book_id.in_(bindparam("ids", expanding=True)))
    .group_by(copies.c.book_id, copies.c.item_type, copies.c.status, copies.c.volume)
)
_NO_BOOK, _NOTHING = UUID(int=0), ""
"""In place of empty lists, so that the planner still uses the indexes."""


async def books_lendability(
    connection: AsyncConnection, questions: Sequence[BookQuestion]
) -> list[BookLendability | LibraryError]:
    """Return for each book, in the order asked, what there is of it, or BookNotFound."""
    names = [_name(each) for each in questions]
    values = {
        "ids": [name for name in names if isinstance(name, UUID)] or [_NO_BOOK],
        "keys": [name if isinstance(name, str) else name.key for name in names if isinstance(name, str | Isbn)]
        or [_NOTHING],
    }
    found: dict[object, Row[Any]] = {}
    having: dict[str, list[Row[Any]]] = {}
    for row in await connection.execute(_NAMED, values):
        found |= {row.book_id: row, row.key or _NOTHING: row}
        having.setdefault(row.key, []).append(row)
    there = await _copies(connection, {row.book_id for row in found.values()})
    present = [_bearer(name, having) if isinstance(name, Isbn) else found.get(name) for name in names]
    return [
        BookNotFound() if book is None else _lendability(book, there, volume=asked.volume)
        for book, asked in zip(present, questions, strict=True)
    ]


def _bearer(isbn: Isbn, having: Mapping[str, Sequence[Row[Any]]]) -> Row[Any] | None:
    return bearer((book, book.isbn == isbn.digits) for book in having.get(isbn.key, ()))


def _name(question: BookQuestion) -> UUID | Isbn | str | None:
    """Return the name by which to find the book; None: an invalid ISBN."""
    if question.book_id is not None:
        return question.book_id
    if question.external_id is not None:
        return external_key(question.external_id)
    with suppress(InvalidIsbn):
        return Isbn.repaired(question.isbn or "")
    return None


async def _copies(connection: AsyncConnection, book_ids: set[UUID]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = {}
    for row in await connection.execute(_COPIES, {"ids": list(book_ids) or [_NO_BOOK]}):
        found.setdefault(row.book_id, []).append(row)
    return found


def _lendability(book: Row[Any], there: dict[UUID, list[Row[Any]]], *, volume: str | None) -> BookLendability:
    groups, asked = there.get(book.book_id, []), None
    volumes = volumes_of(group.volume for group in groups if group.status.holdable)
    if volume is not None:
        key = volume_key(volume)
        groups = [group for group in groups if group.volume is not None and volume_key(group.volume) == key]
        asked = next((each for each in volumes if each.key == key), None)
    lent = [group for group in groups if group.status.lendable]
    return BookLendability(
        book.book_id,
        book.title,
        lendable_copies=sum(group.number for group in lent),
        holdable_copies=sum(group.number for group in groups if group.status.holdable),
        copies=sum(group.number for group in groups),
        item_types=tuple(sorted({group.item_type for group in lent})),
        volumes=volumes,
        volume=asked,
    )
