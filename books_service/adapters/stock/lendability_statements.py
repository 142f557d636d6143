"""Whether copies may be lent: the questions of every check-out, each answered by one constant statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, bindparam, func, literal, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.adapters.catalogue.sql_views import COUNTS
from books_service.adapters.sql_tables import books, branches, copies, stock
from books_service.application.stock.views import BookLendability, CopyLendability, LendabilityQuestion, LendingRefusal
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.copy import lending_refusals
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from shared.kernel.errors import LibraryError

_BETWEEN, _BEHIND = "\x1f", "\x1e"  # stand in no code and no time zone
_DESKS = select(
    func.aggregate_strings(
        branches.c.key + literal(_BETWEEN) + branches.c.code + literal(_BETWEEN) + branches.c.timezone, _BEHIND
    )
).where(branches.c.key.in_(bindparam("desks", expanding=True)))
_HOME = branches.alias("home")

# Made once, because making a statement costs as much as running it.
LENDABILITY = (
    select(
        copies.c.copy_id,
        copies.c.book_id,
        type_coerce(copies.c.barcode, String).label("barcode"),
        copies.c.barcode_key,
        books.c.title,
        copies.c.branch,
        copies.c.item_type,
        copies.c.price_amount,
        copies.c.price_currency,
        copies.c.status,
        _DESKS.scalar_subquery().label("desks"),
        _HOME.c.timezone,
    )
    .join_from(copies, books)
    .join(_HOME, _HOME.c.code == copies.c.branch)
    .where(
        or_(
            copies.c.copy_id.in_(bindparam("copy_ids", expanding=True)),
            copies.c.barcode_key.in_(bindparam("barcode_keys", expanding=True)),
        )
    )
)
_NO_COPY, _NOTHING = UUID(int=0), ""
"""Where no list may be empty: the statement stays one that the planner has two indexes for."""

_TYPES_LENT = (
    select(copies.c.item_type)
    .where(
        copies.c.book_id == bindparam("book_id"), copies.c.status.in_([each for each in CopyStatus if each.lendable])
    )
    .distinct()
    .subquery()
)
_HOLDABLE = select(func.count()).where(
    copies.c.book_id == bindparam("book_id"), copies.c.status.in_([each for each in CopyStatus if each.holdable])
)
BOOK_LENDABILITY = (
    select(
        books.c.title,
        *COUNTS,
        select(func.aggregate_strings(_TYPES_LENT.c.item_type, " ")).scalar_subquery().label("item_types"),
        _HOLDABLE.scalar_subquery().label("holdable"),
    )
    .join_from(books, stock, isouter=True)
    .where(books.c.book_id == bindparam("book_id"))
)


async def copy_lendability(
    connection: AsyncConnection, asked: Sequence[LendabilityQuestion]
) -> list[CopyLendability | LibraryError]:
    """Return for each copy, in the order asked, whether it may be lent, or CopyNotFound."""
    keys = [None if each.barcode is None else barcode_key(each.barcode) for each in asked]
    desks = [None if each.branch is None else branch_key(each.branch) for each in asked]
    values = {
        "copy_ids": [each.copy_id for each in asked if each.copy_id is not None] or [_NO_COPY],
        "barcode_keys": [key for key in keys if key is not None] or [_NOTHING],
        "desks": [desk for desk in desks if desk is not None] or [_NOTHING],
    }
    rows = (await connection.execute(LENDABILITY, values)).all()
    found: dict[object, Row[Any]] = {row.copy_id: row for row in rows} | {row.barcode_key: row for row in rows}
    known = {key: (code, zone) for key, code, zone in _desks(rows[0].desks if rows else None)}
    return [
        CopyNotFound() if (row := found.get(each.copy_id or key)) is None else _lendability(row, known.get(desk or ""))
        for each, key, desk in zip(asked, keys, desks, strict=True)
    ]


def _desks(text: str | None) -> list[list[str]]:
    return [desk.split(_BETWEEN) for desk in text.split(_BEHIND)] if text else []


def _lendability(row: Row[Any], desk: tuple[str, str] | None) -> CopyLendability:
    refusals = tuple(
        LendingRefusal(str(row.status), refusal.code, refusal.detail) for refusal in lending_refusals(row.status)
    )
    return CopyLendability(
        copy_id=row.copy_id,
        book_id=row.book_id,
        barcode=row.barcode,
        title=row.title,
        branch=row.branch,
        item_type=row.item_type,
        price=None if row.price_amount is None else Money(row.price_amount, row.price_currency),
        lendable=not refusals,
        refusals=refusals,
        desk_branch=None if desk is None else desk[0],
        timezone=row.timezone if desk is None else desk[1],
    )


async def book_lendability(connection: AsyncConnection, book_id: UUID) -> BookLendability:
    """Raises BookNotFound."""
    row = (await connection.execute(BOOK_LENDABILITY, {"book_id": book_id})).first()
    if row is None:
        raise BookNotFound
    types = tuple(sorted((row.item_types or "").split()))
    return BookLendability(book_id, row.title, row.lendable, row.holdable, row.copies, types)
