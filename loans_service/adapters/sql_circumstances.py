"""All that a check-out is decided by, in one statement: the rules, and what they look at.

Everything is read after the locks and with one snapshot. Made once, because making a statement costs as much as
running it.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from loans_service.adapters.sql_holds import HAS_COPY, IS_ACTIVE, PASSED, SUSPENDED, wants
from loans_service.adapters.sql_tables import calendars, fines, holds, loans, policies, whereabouts
from loans_service.domain.fine import FineStatus
from loans_service.domain.hold import Hold

_BOOK, _COPY = bindparam("book_id", type_=loans.c.book_id.type), bindparam("copy_id", type_=loans.c.copy_id.type)
_MEMBER = bindparam("member_id", type_=loans.c.member_id.type)
_MOST_LOOKED_AT = 100  # of a queue: more than that whom the policy does not lend the copy to will not stand before one

_newest = (
    select(policies.c.version, policies.c.document).order_by(policies.c.version.desc()).limit(1).subquery("newest")
)


def _unless_known(table: Any, known: str) -> Any:
    return case((table.c.version != bindparam(known, type_=Integer), table.c.document))


RULES = (
    select(
        _newest.c.version.label("policy"),
        _unless_known(_newest, "known_policy").label("policy_text"),
        calendars.c.version.label("calendar"),
        _unless_known(calendars, "known_calendar").label("calendar_text"),
    )
    .outerjoin_from(_newest, calendars, calendars.c.branch == bindparam("branch"))
    .subquery("rules")
)
"""Policy and calendar of `branch`; their texts only where the version is not the one that is known already."""

LOAN, HOLD, AWAY = "loan", "hold", "away"


def _kind(word: str) -> Any:
    return literal_column(f"'{word}'").label("kind")


# The first part of the union names its columns and says their types.
_open_loans = select(
    _kind(LOAN),
    loans.c.copy_id,
    loans.c.member_id,
    loans.c.due_at,
    loans.c.item_type.label("word"),
    type_coerce(null(), holds.c.hold_id.type).label("hold_id"),
    type_coerce(null(), holds.c.queue_order.type).label("place"),
).where(
    loans.c.returned_at.is_(None),
    or_(
        loans.c.copy_id == _COPY,
        and_(loans.c.member_id == _MEMBER, loans.c.claimed_at.is_(None)),  # what is claimed returned counts not
    ),
)
_first_holds = (
    select(holds)
    .where(
        holds.c.book_id == _BOOK,
        IS_ACTIVE,
        or_(
            and_(wants(_COPY), ~SUSPENDED, ~PASSED),
            holds.c.copy_id == _COPY,
            and_(HAS_COPY, holds.c.member_id == _MEMBER, holds.c.wanted_copy_id.is_(None)),
        ),
    )
    .order_by(holds.c.queue_order)
    .limit(_MOST_LOOKED_AT)
    .subquery("first")
)
_held = select(
    _kind(HOLD),
    _first_holds.c.copy_id,
    _first_holds.c.member_id,
    null().label("due_at"),
    _first_holds.c.category,
    _first_holds.c.hold_id,
    _first_holds.c.queue_order,
)
_away = select(_kind(AWAY), whereabouts.c.copy_id, null(), null(), null(), null(), null()).where(
    whereabouts.c.copy_id == _COPY
)
_bearing = union_all(_open_loans, _held, _away).subquery("bearing")

# What is owed is all in the library's one currency; should it ever change, the old debts count as they are.
OWED = (
    select(func.coalesce(func.sum(fines.c.owed), 0))
    .where(fines.c.member_id == _MEMBER, fines.c.status == FineStatus.OWED)
    .scalar_subquery()
    .label("owed")
)

_IS_OWN = and_(holds.c.hold_id == _bearing.c.hold_id, holds.c.member_id == _MEMBER)


@cache  # the model is mapped later than this file is read
def circumstances() -> Select[Any]:
    """Return the question. It takes `copy_id`, `book_id`, `member_id`, `now`, and what RULES takes.

    Holds of this member come whole, because the check-out may fulfil one of them.
    """
    bearing = select(RULES, OWED, _bearing, Hold).outerjoin_from(RULES, _bearing, true())
    return bearing.outerjoin(Hold, _IS_OWN)
