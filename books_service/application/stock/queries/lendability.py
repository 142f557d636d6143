"""Whether copies may be lent: the questions of every check-out, each answered by one prepared statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
)

from books_service.application.stock.views import CopyLendability, LendabilityQuestion, LendingRefusal
from books_service.domain.notation import volume_key
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.branch import branch_key
from books_service.domain.stock.copy import lending_refusals
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.money import Money
from books_service.persistence.stock.held import ANY_BOUND_IS_SHOWN
from books_service.persistence.tables import IS_SHOWN, books, branches, copies
from shared.kernel.errors import LibraryError
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database
from shared.persistence.lists import for_both, one_of

_BETWEEN, _BEHIND = "\x1f", "\x1e"  # stand in no code and no time zone
_HOME = branches.alias("home")


def _lendability(dialect: str, *, named: ColumnElement[bool], at_desks: ColumnElement[bool]) -> Select[Any]:
    desk = branches.c.key + literal(_BETWEEN) + branches.c.code + literal(_BETWEEN) + branches.c.timezone
    together = func.string_agg if dialect == "postgresql" else func.group_concat
    desks = select(together(desk, literal(_BEHIND), type_=String)).where(at_desks, branches.c.closed_at.is_(None))
    return (
        select(
            copies.c.copy_id,
            copies.c.book_id,
            type_coerce(copies.c.barcode, String).label("barcode"),
            copies.c.barcode_key,
            books.c.title,
            copies.c.branch,
            copies.c.item_type,
            copies.c.location,
            copies.c.price_amount,
            copies.c.price_currency,
            copies.c.status,
            copies.c.status_since,
            or_(and_(books.c.hidden, not_(ANY_BOUND_IS_SHOWN)), not_(IS_SHOWN)).label("hidden"),
            copies.c.volume,
            copies.c.staff_note,
            desks.scalar_subquery().label("desks"),
            _HOME.c.timezone,
        )
        .join_from(copies, books)
        .join(_HOME, _HOME.c.code == copies.c.branch)
        .where(named)
    )


def _lendability_of_copies(dialect: str) -> Select[Any]:
    by_id = one_of(copies.c.copy_id, "copy_ids", dialect)
    by_barcode = one_of(copies.c.barcode_key, "barcode_keys", dialect)
    return _lendability(dialect, named=or_(by_id, by_barcode), at_desks=one_of(branches.c.key, "desks", dialect))


def _lendability_of_a_copy(dialect: str) -> Select[Any]:
    by_id = copies.c.copy_id == bindparam("copy_id")
    by_barcode = copies.c.barcode_key == bindparam("barcode_key")
    return _lendability(dialect, named=or_(by_id, by_barcode), at_desks=branches.c.key == bindparam("desk"))


LENDABILITY = for_both(_lendability_of_copies)
LENDABILITY_OF_ONE = for_both(_lendability_of_a_copy)
"""Found faster than in a list of one; a single desk asks nothing else."""


async def copy_lendability(
    database: Database, questions: Sequence[LendabilityQuestion]
) -> list[CopyLendability | LibraryError]:
    """Return for each copy, in the order asked, whether it may be lent, or CopyNotFound."""
    keys = [None if each.barcode is None else barcode_key(each.barcode) for each in questions]
    desks = [None if each.branch is None else branch_key(each.branch) for each in questions]
    if len(questions) == 1:
        rows = await database.rows(LENDABILITY_OF_ONE, copy_id=questions[0].copy_id, barcode_key=keys[0], desk=desks[0])
    else:
        rows = await database.rows(
            LENDABILITY,
            copy_ids=[each.copy_id for each in questions if each.copy_id is not None],
            barcode_keys=[key for key in keys if key is not None],
            desks=[desk for desk in desks if desk is not None],
        )
    found: dict[object, Row[Any]] = {row.copy_id: row for row in rows} | {row.barcode_key: row for row in rows}
    desk_of = {key: (code, zone) for key, code, zone in _desks(rows[0].desks if rows else None)}
    return [
        CopyNotFound() if (row := found.get(each.copy_id or key)) is None else _view_of(row, desk_of.get(desk or ""))
        for each, key, desk in zip(questions, keys, desks, strict=True)
    ]


def _desks(text: str | None) -> list[list[str]]:
    return [desk.split(_BETWEEN) for desk in text.split(_BEHIND)] if text else []


def _view_of(row: Row[Any], desk: tuple[str, str] | None) -> CopyLendability:
    refusals = tuple(
        LendingRefusal(str(row.status), refusal.code, refusal.detail) for refusal in lending_refusals(row.status)
    )
    return from_attributes(
        row,
        CopyLendability,
        price=None if row.price_amount is None else Money(row.price_amount, row.price_currency),
        lendable=not refusals,
        refusals=refusals,
        desk_branch=None if desk is None else desk[0],
        timezone=row.timezone if desk is None else desk[1],
        volume_key=None if row.volume is None else volume_key(row.volume),
    )
