"""Locks of a borrower and a book until the end of a transaction; SQLite has one lock for everything.

As separate statements, they let the next one see everything that was committed while they waited. All transactions take
them in one order, the borrower before the book, and books by their numbers, so that there are no deadlocks.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from loans_service.persistence.rules.rulebook import RULES_STAY
from loans_service.persistence.tables import borrowers
from shared.persistence.statements import Prepared


def book_key(book_id: UUID) -> int:
    """Return the number of a book's lock.

    The low half of a UUIDv7 is random, so two books hardly ever share a lock; if they do, one waits needlessly.
    """
    return int.from_bytes(book_id.bytes[8:], "big", signed=True)


def book_locks(book_id: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Return columns that lock the book of each row found, under the same number, and the rules."""
    low_half = func.right(func.replace(cast(book_id, Text), "-", ""), 16)
    key = cast(cast(literal_column("'x'", Text).concat(low_half), postgresql.BIT(64)), BigInteger)
    return func.pg_advisory_xact_lock(key).label("book_lock"), RULES_STAY.label("rules_stay")


_BOOK_LOCK = func.pg_advisory_xact_lock(bindparam("book_lock", type_=BigInteger))
LOCK_BOOK = Prepared(select(_BOOK_LOCK, RULES_STAY))


def _serve(insert: Any, *locks: ColumnElement[Any]) -> ReturningInsert[Any]:
    """Return the upsert that locks the row of a borrower."""
    new = insert(borrowers).values(member_id=bindparam("member_id"), served=1)
    once_more = new.on_conflict_do_update(index_elements=["member_id"], set_={"served": borrowers.c.served + 1})
    served: ReturningInsert[Any] = once_more.returning(borrowers.c.leaving_id, borrowers.c.cleared_at, *locks)
    return served


SERVE = Prepared({"postgresql": _serve(postgresql.insert), "sqlite": _serve(sqlite.insert)})
SERVE_AND_LOCK_BOOK = Prepared(
    {"postgresql": _serve(postgresql.insert, _BOOK_LOCK, RULES_STAY), "sqlite": _serve(sqlite.insert)}
)
