"""Whether copies may be lent: the questions of every check-out, each answered by one constant statement."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, String, TextualSelect, Uuid, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.adapters.catalogue.sql_views import COUNTS
from books_service.adapters.sql_tables import books, copies, stock
from books_service.adapters.sql_types import words
from books_service.application.stock.views import BookLendability, CopyAsked, CopyLendability, LendingRefusal
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.copy import lending_refusals
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from shared.kernel.errors import LibraryError

# Made once, because making a statement costs as much as running it; what is asked comes as one JSON text, so that the
# statement is the same however many copies are asked for.
_ASKED = {
    "postgresql": """
        json_to_recordset(CAST(:asked AS json)) AS asked (place integer, copy_id uuid, barcode_key text, desk text)
    """,
    "sqlite": """
        (SELECT key AS place, json_extract(value, '$.copy_id') AS copy_id,
                json_extract(value, '$.barcode_key') AS barcode_key, json_extract(value, '$.desk') AS desk
         FROM json_each(:asked)) AS asked
    """,
}


def _statement(dialect: str) -> TextualSelect:
    return text(
        f"""
        SELECT asked.place, copies.copy_id, copies.book_id, copies.barcode, books.title, copies.branch,
               copies.item_type, copies.price_amount, copies.price_currency, copies.status,
               desk.code AS desk, coalesce(desk.timezone, home.timezone) AS timezone
        FROM {_ASKED[dialect]}
        JOIN copies ON copies.copy_id = coalesce(
            asked.copy_id, (SELECT named.copy_id FROM copies AS named WHERE named.barcode_key = asked.barcode_key)
        )
        JOIN books ON books.book_id = copies.book_id
        JOIN branches AS home ON home.code = copies.branch
        LEFT JOIN branches AS desk ON desk.key = asked.desk
        """  # noqa: S608 - of constants only
    ).columns(
        place=BigInteger,
        copy_id=Uuid,
        book_id=Uuid,
        barcode=String,
        title=String,
        branch=String,
        item_type=String,
        price_amount=BigInteger,
        price_currency=String,
        status=words(CopyStatus),
        desk=String,
        timezone=String,
    )


LENDABILITY = {dialect: _statement(dialect) for dialect in _ASKED}

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
    connection: AsyncConnection, asked: Sequence[CopyAsked]
) -> list[CopyLendability | LibraryError]:
    """Return for each copy, in the order asked, whether it may be lent, or CopyNotFound."""
    questions = [
        {
            "place": place,
            "copy_id": None if each.copy_id is None else each.copy_id.hex,
            "barcode_key": None if each.barcode is None else barcode_key(each.barcode),
            "desk": None if each.branch is None else branch_key(each.branch),
        }
        for place, each in enumerate(asked)
    ]
    rows = await connection.execute(LENDABILITY[connection.dialect.name], {"asked": json.dumps(questions)})
    found = {row.place: _lendability(row) for row in rows}
    return [found.get(place) or CopyNotFound() for place in range(len(asked))]


def _lendability(row: Row[Any]) -> CopyLendability:
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
        desk_branch=row.desk,
        timezone=row.timezone,
    )


async def book_lendability(connection: AsyncConnection, book_id: UUID) -> BookLendability:
    """Raises BookNotFound."""
    row = (await connection.execute(BOOK_LENDABILITY, {"book_id": book_id})).first()
    if row is None:
        raise BookNotFound
    types = tuple(sorted((row.item_types or "").split()))
    return BookLendability(book_id, row.title, row.lendable, row.holdable, row.copies, types)
