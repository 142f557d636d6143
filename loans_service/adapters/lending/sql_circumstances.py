"""All that a check-out is decided by, in one statement: the rules, and what they look at.

Everything is read after the locks and with one snapshot. Made once, because making a statement costs as much as
running it.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from loans_service.adapters.holds.sql_circulation_records import FACTS, STATE
from loans_service.adapters.holds.sql_holds import HAS_COPY, IS_WAITING, PASSED, SUSPENDED, wants
from loans_service.adapters.lending.sql_loans import DUE_UNLESS_LOST
from loans_service.adapters.rules.sql_rules import RULES
from loans_service.adapters.sql_tables import calendars, circulation_records, fines, holds, loans
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.domain.holds.hold import Hold

_BOOK, _COPY = bindparam("book_id", type_=loans.c.book_id.type), bindparam("copy_id", type_=loans.c.copy_id.type)
_MEMBER = bindparam("member_id", type_=loans.c.member_id.type)
_MOST_LOOKED_AT = 100  # of a queue: more than that whom the policy does not lend the copy to will not stand before one

LOAN, HOLD, AWAY = "loan", "hold", "away"


def _kind(word: str) -> Any:
    return literal_column(f"'{word}'").label("kind")


# Another copy that is captured for this member, who waits for any copy of the book: there is at most one.
_other_hold = and_(
    HAS_COPY,
    holds.c.member_id == _MEMBER,
    holds.c.book_id == _BOOK,
    holds.c.wanted_copy_id.is_(None),
    holds.c.copy_id != _COPY,
)
_other = select(holds.c.copy_id).where(_other_hold).limit(1).cte("other")
_OTHER_COPY = select(_other.c.copy_id).scalar_subquery()

# The first part of the union names its columns and says their types.
_open_loans = select(
    _kind(LOAN),
    loans.c.copy_id,
    loans.c.member_id,
    DUE_UNLESS_LOST,
    loans.c.item_type.label("word"),
    type_coerce(null(), holds.c.hold_id.type).label("held_id"),
    type_coerce(null(), holds.c.queue_order.type).label("place_in_queue"),
    type_coerce(null(), holds.c.wanted_copy_id.type).label("only_copy"),
).where(
    loans.c.returned_at.is_(None),
    or_(
        loans.c.copy_id == _COPY,
        and_(loans.c.member_id == _MEMBER, loans.c.claimed_at.is_(None)),  # loans claimed returned do not count
    ),
)
_first_waiting = (
    select(holds)
    .where(
        holds.c.book_id == _BOOK,
        or_(wants(_COPY), and_(IS_WAITING, holds.c.wanted_copy_id == _OTHER_COPY)),
        ~SUSPENDED,
        ~PASSED,
    )
    .order_by(holds.c.queue_order)
    .limit(_MOST_LOOKED_AT)
    .subquery("first")
)


def _as_held(found: Any) -> Select[Any]:
    return select(
        _kind(HOLD),
        found.c.copy_id,
        found.c.member_id,
        null().label("due_at"),
        found.c.category,
        found.c.hold_id,
        found.c.queue_order,
        found.c.wanted_copy_id,
    )


def _as_away(copy_id: Any) -> Select[Any]:
    row = select(_kind(AWAY), circulation_records.c.copy_id, null(), null(), null(), null(), null(), null())
    return row.where(circulation_records.c.copy_id == copy_id, circulation_records.c.status != CirculationStatus.HOME)


_bearing = union_all(
    _open_loans,
    _as_held(holds).where(holds.c.copy_id == _COPY, HAS_COPY),
    _as_held(holds).where(_other_hold),
    _as_held(_first_waiting),
    _as_away(_COPY),
    _as_away(_OTHER_COPY),
).subquery("bearing")

# What is owed is all in the library's one currency; should it ever change, the old debts count as they are.
OWED = (
    select(func.coalesce(func.sum(fines.c.owed), 0))
    .where(fines.c.member_id == _MEMBER, fines.c.status == FineStatus.OWED)
    .scalar_subquery()
    .label("owed")
)

_lies_in = calendars.alias("lies_in")
_IS_ASKED_FOR = and_(holds.c.hold_id == _bearing.c.held_id, or_(holds.c.member_id == _MEMBER, _OTHER_COPY.is_not(None)))


@cache  # the model is mapped later than this file is read
def circumstances() -> Select[Any]:
    """Return the question. It takes `copy_id`, `book_id`, `member_id`, `now`, and what RULES takes.

    Holds of this member come whole, because the check-out may fulfil one of them. If another copy is captured for it,
    all of them do, and beside where that copy is, the calendar that counts there: it passes on to one of them.
    """
    bearing = select(RULES, OWED, _bearing, Hold).outerjoin_from(RULES, _bearing, true())
    lies = and_(_bearing.c.kind == AWAY, circulation_records.c.copy_id == _bearing.c.copy_id)
    return (
        bearing.outerjoin(Hold, _IS_ASKED_FOR)
        .outerjoin(circulation_records, lies)
        .outerjoin(
            _lies_in,
            and_(circulation_records.c.copy_id != _COPY, _lies_in.c.branch == func.upper(circulation_records.c.branch)),
        )
        .add_columns(
            *(circulation_records.c[name].label(f"away_{name}") for name in (*FACTS, *STATE)),
            _lies_in.c.version.label("away_calendar"),
            _lies_in.c.document.label("away_calendar_text"),
        )
    )
