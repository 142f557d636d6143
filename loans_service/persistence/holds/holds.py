"""Holds in the database."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from loans_service.domain.circulating_copy import ENDS_WAITING, CirculatingCopy
from loans_service.domain.holds.hold import ACTIVE, Hold, HoldKind, HoldStatus
from loans_service.domain.holds.hold_queue import QueueEnd, QueueOrder
from loans_service.domain.holds.joined_queues import QueuedHold
from loans_service.persistence.holds.copy_states import volume_of
from loans_service.persistence.tables import borrowers, holds, loans, reported_copies
from shared.persistence.lists import for_both, one_of, rows_of
from shared.persistence.statements import InsertMany, Prepared, PreparedDml, Runs, Write
from shared.persistence.types import UtcDateTime


def _one_of(statuses: Iterable[HoldStatus]) -> ColumnElement[bool]:
    """Return the condition with literals, not parameters, so that the planner can match the partial indexes."""
    return holds.c.status.in_([literal_column(f"'{status}'") for status in statuses])


IS_ACTIVE = _one_of(ACTIVE)
IS_READY = holds.c.status == literal_column(f"'{HoldStatus.READY}'")
IS_WAITING = holds.c.status == literal_column(f"'{HoldStatus.WAITING}'")


_NOW = bindparam("now", type_=UtcDateTime)
SUSPENDED = and_(holds.c.suspended.is_(True), or_(holds.c.suspended_until.is_(None), holds.c.suspended_until > _NOW))
PASSED = and_(holds.c.expires_at.is_not(None), holds.c.expires_at < _NOW)
EARLY = and_(holds.c.starts_at.is_not(None), holds.c.starts_at > _NOW)
"""As of the moment in the parameter `now`."""

LEAVES = exists().where(borrowers.c.member_id == holds.c.member_id, borrowers.c.leaving_id.is_not(None))
IS_SERVABLE = and_(IS_WAITING, ~SUSPENDED, ~PASSED, ~EARLY, ~LEAVES)

_BOOK, _COPY = bindparam("book_id", type_=holds.c.book_id.type), bindparam("copy_id", type_=holds.c.copy_id.type)
_VOLUME = bindparam("volume_key", type_=holds.c.volume_key.type)
COULD_BE_FILLED = and_(
    or_(holds.c.wanted_copy_id.is_(None), holds.c.wanted_copy_id == _COPY),
    or_(holds.c.volume_key.is_(None), holds.c.volume_key == _VOLUME),
)
"""With the copy `copy_id`, which is of the volume `volume_key`."""
_QUEUE, _NOT_BOUND = and_(holds.c.book_id == _BOOK, IS_WAITING), holds.c.bound_book_id.is_(None)
_PLACE = (holds.c.queue_order, holds.c.hold_id)
_AT_ONCE = 20  # of a queue; the first hold that the policy allows is hardly ever further behind
UNSERVED = holds.c.copy_id.is_(None)
_BEHIND, _MOST = holds.c.queue_order > bindparam("behind"), bindparam("most", type_=Integer)


def competes(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that one copy could fill holds for either of two volumes; NULL is any."""
    return or_(one.is_(None), other.is_(None), one == other)


_COMPETES = competes(holds.c.volume_key, _VOLUME)

_END = Prepared(
    select(
        func.count().filter(IS_WAITING, _COMPETES).label("waiting"), func.coalesce(func.max(holds.c.queue_order), 0)
    ).where(holds.c.book_id == _BOOK, IS_ACTIVE)
)
_ORDER = Prepared(
    select(holds.c.hold_id, holds.c.queue_order, holds.c.status, holds.c.pickup_branch)
    .where(holds.c.book_id == _BOOK, IS_ACTIVE)
    .order_by(*_PLACE)
)
QUEUED = (
    *(holds.c[name] for name in ("hold_id", "book_id", "member_id", "placed_at", "queue_order")),
    holds.c.wanted_copy_id,
    holds.c.volume_key,
    holds.c.bound_book_id,
    (~IS_WAITING).label("captured"),
)
"""An active hold as it stands in a queue."""
_QUEUED = Prepared(select(*QUEUED).where(holds.c.book_id == _BOOK, IS_ACTIVE).order_by(*_PLACE))


def _whose_reader(has_at_home: ColumnElement[bool]) -> Select[Any]:
    """Return a query for active holds for any copy of a book or volume whose members have something of it on loan."""
    is_of_volume = or_(holds.c.volume_key.is_(None), holds.c.volume_key == volume_of(loans.c.copy_id))
    theirs = exists().where(
        has_at_home, loans.c.returned_at.is_(None), loans.c.member_id == holds.c.member_id, is_of_volume
    )
    return (
        select(holds.c.hold_id)
        .where(holds.c.book_id == _BOOK, IS_ACTIVE, holds.c.wanted_copy_id.is_(None), theirs)
        .order_by(*_PLACE)
    )


_OF_BOOK = loans.c.book_id == bindparam("of_book", type_=loans.c.book_id.type)
_OF_READERS = Prepared(_whose_reader(_OF_BOOK))
_OF_NEW_READERS = Prepared(_whose_reader(and_(_OF_BOOK, loans.c.checked_out_at > holds.c.placed_at)))
_OF_READER = Prepared(_whose_reader(loans.c.copy_id == bindparam("of_copy", type_=loans.c.copy_id.type)))
_POSITION = Prepared(
    select(func.count().label("position")).where(
        _QUEUE,
        _COMPETES,
        tuple_(*_PLACE) <= tuple_(bindparam("order", type_=Integer), bindparam("hold_id", type_=holds.c.hold_id.type)),
    )
)
_IN_ORDER = select(holds).order_by(*_PLACE)
_BY_ID = Prepared(_IN_ORDER.where(holds.c.hold_id == bindparam("of_hold")))
_THE_UNSERVED = _IN_ORDER.where(holds.c.book_id == _BOOK, IS_SERVABLE, UNSERVED, _BEHIND).limit(_AT_ONCE)
_UNSERVED = Prepared(_THE_UNSERVED)
_UNSERVED_OF_BRANCH = Prepared(
    _THE_UNSERVED.where(
        func.upper(holds.c.member_branch) == bindparam("member_branch", type_=holds.c.member_branch.type)
    )
)
_UNSERVED_FOR_ANY_EDITION = Prepared(_THE_UNSERVED.where(holds.c.any_edition.is_(True)))
_HAS_RECALLED_LOAN = exists().where(
    loans.c.loan_id == holds.c.recalled_loan_id,
    loans.c.returned_at.is_(None),
    loans.c.lost_at.is_(None),
    loans.c.claimed_at.is_(None),
    loans.c.member_id != holds.c.member_id,
)
_UNSERVED_RECALLS = Prepared(
    _THE_UNSERVED.where(holds.c.kind == literal_column(f"'{HoldKind.RECALL}'"), ~_HAS_RECALLED_LOAN)
)
_IS_RECALLED = Prepared(
    select(
        exists()
        .where(
            holds.c.recalled_loan_id == bindparam("loan_id", type_=holds.c.recalled_loan_id.type),
            holds.c.member_id != bindparam("besides", type_=holds.c.member_id.type),
            IS_SERVABLE,
            UNSERVED,
        )
        .label("found")
    )
)
_RECALLS_OF = Prepared(
    _IN_ORDER.where(holds.c.recalled_loan_id == bindparam("loan_id", type_=holds.c.recalled_loan_id.type), IS_WAITING)
)
_SERVED_ELSEWHERE = Prepared(
    _IN_ORDER.where(holds.c.book_id == _BOOK, IS_SERVABLE, holds.c.copy_id.is_not(None), COULD_BE_FILLED)
)
_FETCHED_IN = Prepared(
    _IN_ORDER.where(holds.c.book_id == _BOOK, IS_ACTIVE, func.upper(holds.c.pickup_branch) == bindparam("branch"))
)
_TARGETED = Prepared(_IN_ORDER.where(holds.c.book_id == _BOOK, IS_WAITING, holds.c.copy_id.is_not(None)))
_WAITING_FOR_ANY_EDITION = Prepared(_IN_ORDER.where(_QUEUE, holds.c.any_edition.is_(True), _BEHIND).limit(_MOST))
_WAITING = Prepared(_IN_ORDER.where(_QUEUE, _NOT_BOUND).limit(_MOST))
_NEVER_AGAIN = reported_copies.c.status.in_([literal_column(f"'{status}'") for status in sorted(ENDS_WAITING)])
_IN_VAIN = Prepared(
    _IN_ORDER.join_from(holds, reported_copies, reported_copies.c.copy_id == holds.c.wanted_copy_id)
    .where(holds.c.book_id == _BOOK, IS_ACTIVE, _NEVER_AGAIN, _NOT_BOUND)
    .limit(bindparam("most", type_=Integer))
)
_bearing = and_(reported_copies.c.book_id == holds.c.book_id, reported_copies.c.volume_key == holds.c.volume_key)
_VOLUME_GONE = for_both(
    lambda dialect: _IN_ORDER.where(
        _QUEUE,
        holds.c.volume_key.is_not(None),
        ~one_of(holds.c.volume_key, "lent_volumes", dialect),
        exists().where(_bearing, _NEVER_AGAIN),
        ~exists().where(_bearing, ~_NEVER_AGAIN),
    ).limit(bindparam("most", type_=Integer))
)
_PLACED_SINCE = Prepared(
    select(func.count().label("placed")).where(
        holds.c.member_id == bindparam("member_id"), holds.c.placed_at >= bindparam("since", type_=UtcDateTime)
    )
)
_OF_MEMBER = Prepared(_IN_ORDER.where(holds.c.member_id == bindparam("member_id"), IS_ACTIVE))
_OF_IDS = for_both(lambda dialect: _IN_ORDER.where(one_of(holds.c.hold_id, "hold_ids", dialect)))
_WITH_OWN_HOLDS = Prepared(
    select(holds.c.wanted_copy_id).where(
        holds.c.book_id == _BOOK, IS_SERVABLE, UNSERVED, holds.c.wanted_copy_id.is_not(None)
    )
)
_ANYBODY_UNSERVED = Prepared(select(exists().where(holds.c.book_id == _BOOK, IS_SERVABLE, UNSERVED).label("found")))


def _reordering(dialect: str) -> Any:
    """Return the one statement that writes a new order, for any number of holds."""
    places = rows_of([holds.c.hold_id, holds.c.queue_order], dialect)
    moved = {"queue_order": places.c.queue_order, "version": holds.c.version + 1}
    return update(holds).where(holds.c.hold_id == places.c.hold_id).values(moved)


_REORDER = for_both(_reordering)

_FACTS = [column.name for column in holds.c if column.name != "hold_id"]
"""Columns that a hold has as attributes of the same names."""

_NEW = InsertMany(holds)
_CHANGE = PreparedDml(
    update(holds)
    .where(holds.c.hold_id == bindparam("of_hold"), holds.c.version == bindparam("was"))
    .values({name: bindparam(name) for name in _FACTS})
)
_RELEASE_COPIES = for_both(
    lambda dialect: update(holds).where(one_of(holds.c.hold_id, "hold_ids", dialect)).values(copy_id=None)
)


class Holds:
    """The holds on record. Lock their book before reading what a rule depends on.

    A *servable* hold is waiting, not suspended, and between its first and last day; an *unserved* one has no target.

    It tracks those that were read, so that their changes and events are written.
    """

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._added: list[Hold] = []
        self._found: dict[UUID, tuple[Hold, int, UUID | None]] = {}

    @property
    def tracked(self) -> list[Hold]:
        """The holds whose events are to be published: ended ones before those that take their place."""
        found = sorted((hold for hold, _, _ in self._found.values()), key=lambda hold: hold.is_active)
        return [*self._added, *found]

    def add(self, hold: Hold) -> None:
        self._added.append(hold)

    async def get(self, hold_id: UUID) -> Hold | None:
        if hold_id in self._found:
            return self._found[hold_id][0]
        return next(iter(await self._all(_BY_ID, of_hold=hold_id)), None)

    async def end_of_queue(self, book_id: UUID, *, volume_key: str | None = None) -> QueueEnd:
        """Return the end of the queue for a book, for a hold for this volume of it."""
        (end,) = await self._run(_END, book_id=book_id, volume_key=volume_key)
        return QueueEnd(*end)

    async def position_of(self, hold: Hold) -> int | None:
        """Return the position of a hold, counted from the front of its queue; None unless it is waiting.

        Holds for other volumes do not count.
        """
        if hold.status is not HoldStatus.WAITING:
            return None
        place = {"order": hold.queue_order, "hold_id": hold.id, "volume_key": hold.volume_key}
        (row,) = await self._run(_POSITION, book_id=hold.book_id, **place)
        return int(row.position)

    async def order_of_queue(self, book_id: UUID) -> QueueOrder:
        """Return the order of all holds that wait for a book."""
        rows = await self._run(_ORDER, book_id=book_id)
        waiting = tuple((row.hold_id, row.queue_order) for row in rows if row.status is HoldStatus.WAITING)
        taken = (row.queue_order for row in rows if row.status is not HoldStatus.WAITING)
        fetched_in = {row.hold_id: row.pickup_branch for row in rows}
        return QueueOrder(waiting, taken=max(taken, default=0), fetched_in=fetched_in)

    async def queued(self, book_id: UUID) -> list[QueuedHold]:
        """Return all active holds for a book in the order of its queue."""
        return [QueuedHold(**row._asdict()) for row in await self._run(_QUEUED, book_id=book_id)]

    async def of_readers(self, book_id: UUID, *, of: UUID, since: bool = False) -> list[UUID]:
        """Return the active holds for any copy of a book whose members have the other book on loan.

        With `since`, only those that were placed before that loan began.
        """
        which = _OF_NEW_READERS if since else _OF_READERS
        return [row.hold_id for row in await self._run(which, book_id=book_id, of_book=of)]

    async def of_reader(self, book_id: UUID, *, copy_id: UUID) -> list[UUID]:
        """Return the active holds for any copy of a book whose member has this copy on loan."""
        return [row.hold_id for row in await self._run(_OF_READER, book_id=book_id, of_copy=copy_id)]

    async def reorder(self, places: Mapping[UUID, int]) -> None:
        """Write new places of these holds; the version of each increases."""
        await self._run(_REORDER, hold_id=list(places), queue_order=list(places.values()))

    async def of_ids(self, hold_ids: Sequence[UUID]) -> list[Hold]:
        """Return these holds, in the order of `hold_ids`."""
        found = {hold.id: hold for hold in await self._all(_OF_IDS, hold_ids=hold_ids)}
        return [found[hold_id] for hold_id in hold_ids]

    async def unserved(
        self, book_id: UUID, *, behind: int, now: datetime, member_branch: str | None = None
    ) -> list[Hold]:
        """Return the next servable, unserved holds behind this place in the order; empty at the end.

        With `member_branch`, only those of members of this branch.
        """
        if member_branch is None:
            return await self._all(_UNSERVED, book_id=book_id, behind=behind, now=now)
        theirs = {"behind": behind, "member_branch": member_branch.upper()}
        return await self._all(_UNSERVED_OF_BRANCH, book_id=book_id, **theirs, now=now)

    async def unserved_recalls(self, book_id: UUID, *, behind: int, now: datetime) -> list[Hold]:
        """Return the next unserved recalls without a recalled loan behind this place; empty at the end."""
        return await self._all(_UNSERVED_RECALLS, book_id=book_id, behind=behind, now=now)

    async def is_recalled(self, loan_id: UUID, *, besides: UUID, now: datetime) -> bool:
        """Return whether a loan is recalled for a servable, unserved hold of another member."""
        (row,) = await self._run(_IS_RECALLED, loan_id=loan_id, besides=besides, now=now)
        return bool(row.found)

    async def recalls_of(self, loan_id: UUID) -> list[Hold]:
        """Return the recalls that wait for this loan, also those that are not servable now."""
        return await self._all(_RECALLS_OF, loan_id=loan_id)

    async def served_elsewhere(self, copy: CirculatingCopy, *, now: datetime) -> list[Hold]:
        """Return the servable holds that this copy could fill, but whose target is another copy."""
        of_copy = {"copy_id": copy.copy_id, "volume_key": copy.volume_key}
        return await self._all(_SERVED_ELSEWHERE, book_id=copy.book_id, **of_copy, now=now)

    async def fetched_in(self, branch: str, *, book_id: UUID) -> list[Hold]:
        """Return the active holds for a book that are to be fetched in this branch."""
        return await self._all(_FETCHED_IN, book_id=book_id, branch=branch.upper())

    async def targeted(self, book_id: UUID) -> list[Hold]:
        """Return the holds for which a copy is to be pulled."""
        return await self._all(_TARGETED, book_id=book_id)

    async def waiting(self, book_id: UUID, *, most: int) -> list[Hold]:
        """Return the first holds that wait for a book, not for one that is bound with it."""
        return await self._all(_WAITING, book_id=book_id, most=most)

    async def waiting_for_any_edition(self, book_id: UUID, *, behind: int, most: int) -> list[Hold]:
        """Return up to `most` holds behind this place that wait for a book and take other editions, too."""
        return await self._all(_WAITING_FOR_ANY_EDITION, book_id=book_id, behind=behind, most=most)

    async def unserved_for_any_edition(self, book_id: UUID, *, now: datetime) -> list[Hold]:
        """Return the first servable, unserved holds for a book that take other editions, too."""
        return await self._all(_UNSERVED_FOR_ANY_EDITION, book_id=book_id, behind=-1, now=now)

    async def in_vain(self, book_id: UUID, *, most: int) -> list[Hold]:
        """Return up to `most` active holds for copies that by the last reports are never lent again, no bound ones."""
        return await self._all(_IN_VAIN, book_id=book_id, most=most)

    async def for_gone_volumes(self, book_id: UUID, *, lent: Collection[str], most: int) -> list[Hold]:
        """Return up to `most` waiting holds for volumes not among those `lent`, all whose copies are never lent again.

        By the last reports; a hold for a volume of which no copy is known waits on, as the copies may be labelled anew.
        """
        return await self._all(_VOLUME_GONE, book_id=book_id, lent_volumes=[*lent], most=most)

    async def with_own_holds(self, book_id: UUID, *, now: datetime) -> frozenset[UUID]:
        """Return the copies for which there is a servable, unserved hold for that copy alone."""
        return frozenset(row.wanted_copy_id for row in await self._run(_WITH_OWN_HOLDS, book_id=book_id, now=now))

    async def anybody_unserved(self, book_id: UUID, *, now: datetime) -> bool:
        """Return whether there is a servable, unserved hold."""
        (row,) = await self._run(_ANYBODY_UNSERVED, book_id=book_id, now=now)
        return bool(row.found)

    async def placed_since(self, member_id: UUID, since: datetime) -> int:
        """Return how many holds a member has placed since then, ended ones included."""
        (row,) = await self._run(_PLACED_SINCE, member_id=member_id, since=since)
        return int(row.placed)

    async def active_of(self, member_id: UUID) -> list[Hold]:
        """Return the holds of a member that have not ended."""
        return await self._all(_OF_MEMBER, member_id=member_id)

    async def _all(self, question: Prepared, **params: Any) -> list[Hold]:
        """Return the holds found; tracked ones are as this transaction has left them."""
        found: list[Hold] = []
        for row in await self._run(question, **params):
            if row.hold_id not in self._found:
                hold = Hold.restored({name: getattr(row, name) for name in _FACTS} | {"id": row.hold_id})
                self._found[hold.id] = (hold, hold.version, hold.copy_id)
            found.append(self._found[row.hold_id][0])
        return found

    async def release_copies(self) -> None:
        """Release copies that pass from one hold to another first, because no copy may have two holds."""
        changed = self._changed()
        free = [hold.id for hold, _, had in changed if had is not None and hold.copy_id != had]
        if free and len(changed) + len(self._added) > 1:
            await self._run(_RELEASE_COPIES, hold_ids=free)

    def writes(self) -> Iterator[Write]:
        """Yield what changed in the version that was read, and what is new."""
        for hold, was, _ in self._changed():
            yield _CHANGE, [_facts(hold) | {"of_hold": hold.id, "was": was}]
        yield _NEW, [_facts(hold) | {"hold_id": hold.id} for hold in self._added]

    def _changed(self) -> list[tuple[Hold, int, UUID | None]]:
        return [(hold, was, had) for hold, was, had in self._found.values() if hold.version != was]


def _facts(hold: Hold) -> dict[str, Any]:
    return {name: getattr(hold, name) for name in _FACTS}
