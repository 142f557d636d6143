"""The library with one of its guards taken out, and with it whatever else keeps the same promise.

What the judge would not notice then, it could not vouch for. Some guards are lines of code, which `launched.py` takes
out when a process starts; some are indexes, which are dropped when the library is set up.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql

from books_service.persistence.stock import copies
from books_service.persistence.tables import circulation
from loans_service.domain.fines.fine import Fine
from loans_service.domain.money import Money
from loans_service.persistence.holds import holds as kept_holds
from loans_service.persistence.holds.circulation_records import CirculationRecords
from loans_service.persistence.tables import borrowers, holds
from loans_service.persistence.tills.tills import Tills
from loans_service.persistence.unit_of_work import UnitOfWork
from members_service.application.membership.standing import queries as standing_queries
from shared.kernel.cube import Count
from shared.messaging import relay
from shared.persistence.lists import rows_of
from shared.persistence.outbox import Message, outbox_rows
from shared.persistence.receipts import SqlReceipts
from shared.persistence.statements import Prepared, PreparedDml, Write
from shared.persistence.work import SqlWork

SWITCH = "FAULTS_MUTANT"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard and its doubles. `indexes` of loans are dropped; `changes` are made to the code of every process."""

    name: str
    doubles: str
    changes: tuple[Callable[[], None], ...] = ()
    indexes: tuple[str, ...] = ()


def _no_book_lock() -> None:
    lock = UnitOfWork.lock

    async def locks_nothing(self: UnitOfWork, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        del book_id
        return await lock(self, book_id=uuid4(), member_id=member_id)

    UnitOfWork.lock = locks_nothing  # type: ignore[method-assign]  # it is taken out
    CirculationRecords.find_and_lock = CirculationRecords.find  # type: ignore[method-assign]  # so is this


def _no_versions_of_holds() -> None:
    last_one_counts = holds.c.version >= bindparam("was")
    change = update(holds).where(holds.c.hold_id == bindparam("of_hold"), last_one_counts)
    kept_holds._CHANGE = PreparedDml(change.values({name: bindparam(name) for name in kept_holds._FACTS}))


def _no_borrowers_lock() -> None:
    lock = UnitOfWork.lock

    async def only_looks(self: UnitOfWork, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        await lock(self, book_id=book_id)
        if member_id is None:
            return False
        query = select(borrowers.c.leaving_id).where(borrowers.c.member_id == member_id)
        return any(row.leaving_id for row in await self._work.transaction.run(query))

    UnitOfWork.lock = only_looks  # type: ignore[method-assign]  # it is taken out


def _no_fence() -> None:
    lock, membership_of = UnitOfWork.lock, standing_queries.membership_of

    async def sees_nobody_leave(self: UnitOfWork, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        await lock(self, book_id=book_id, member_id=member_id)
        return False

    UnitOfWork.lock = sees_nobody_leave  # type: ignore[method-assign]  # it is taken out
    standing_queries.membership_of = lambda *found, **more: replace(membership_of(*found, **more), leaving=False)


def _no_outbox() -> None:
    commit = SqlWork.commit

    async def tells_afterwards(
        self: SqlWork,
        messages: Iterable[Message] = (),
        *,
        writes: Sequence[Write] = (),
        answer: object = None,
        now: datetime,
        counts: Sequence[Count] = (),
        imported: bool = False,
    ) -> None:
        await commit(self, writes=writes, answer=answer, now=now, imported=imported)
        if rows := outbox_rows(messages, now=now, counts=counts):
            own = await self._database.begin()
            try:
                await own.write([(self._tables.new_events, rows)])
                await own.commit()
            finally:
                await own.close()

    SqlWork.commit = tells_afterwards  # type: ignore[method-assign]  # it is taken out


def _no_inbox() -> None:
    async def all_are_new(self: SqlWork, message_ids: Sequence[str], *, listener: str, now: datetime) -> frozenset[str]:
        del self, listener, now
        return frozenset(message_ids)

    SqlWork.new_among = all_are_new  # type: ignore[method-assign]  # it is taken out


def _no_sequence_guard() -> None:
    given = rows_of(list(circulation.c), "postgresql")
    news = postgresql.insert(circulation).from_select([each.name for each in given.c], select(given))
    reported = {name: news.excluded[name] for name in ("availability", "due_at", "transit_to", "sequence")}
    copies._KEEP_NEWER = Prepared(news.on_conflict_do_update(index_elements=["copy_id"], set_=reported))


def _everybody_leads() -> None:
    @asynccontextmanager
    async def leads(database: Any) -> Any:
        yield database.reading

    relay.leadership = leads  # type: ignore[attr-defined]  # it is taken out


def _no_receipts() -> None:
    commit = SqlWork.commit

    async def keeps_none(self: SqlWork, *messages: Any, answer: object = None, **others: Any) -> None:
        del answer
        await commit(self, *messages, **others)

    async def finds_none(*_: object) -> None:
        return None

    SqlWork.commit = keeps_none  # type: ignore[method-assign]  # it is taken out
    SqlReceipts.find = finds_none  # type: ignore[method-assign,assignment]  # it is taken out


def _no_take_back() -> None:
    def forgets(self: Fine, amount: Money, *, why: str, now: datetime) -> None:
        del self, amount, why, now

    Fine.take_back = forgets  # type: ignore[method-assign]  # it is taken out


def _receipt_afterwards() -> None:
    writes, commit = Tills.writes, UnitOfWork.commit

    async def keeps_afterwards(self: UnitOfWork, *, answer: object | None = None, imported: bool = False) -> None:
        late = list(writes(self.tills))
        self.tills.writes = lambda: iter(())  # type: ignore[method-assign]  # they come later
        await commit(self, answer=answer, imported=imported)
        if any(rows for _, rows in late):
            own = await self._work._database.begin()
            try:
                await own.write(late)
                await own.commit()
            finally:
                await own.close()

    UnitOfWork.commit = keeps_afterwards  # type: ignore[method-assign]  # it is taken out


MUTANTS = {
    mutant.name: mutant
    for mutant in (
        Mutant("unique-index", "the book's lock", (_no_book_lock,), ("uq_loans_open_copy",)),
        Mutant("borrowers-lock", "nothing else", (_no_borrowers_lock,)),
        Mutant(
            "book-lock",
            "the unique indexes of open loans and of holds' copies",
            (_no_book_lock,),
            ("uq_loans_open_copy", "uq_holds_copy"),
        ),
        Mutant("outbox", "nothing else", (_no_outbox,)),
        Mutant("inbox", "the sequence guard", (_no_inbox, _no_sequence_guard)),
        Mutant(
            "sequence-guard",
            "the inbox, and that one relay leads",
            (_no_sequence_guard, _no_inbox, _everybody_leads),
        ),
        Mutant("receipt", "nothing else", (_no_receipts,)),
        Mutant(
            "holds-index",
            "the book's lock, and the versions of holds",
            (_no_book_lock, _no_versions_of_holds),
            ("uq_holds_copy",),
        ),
        Mutant("undo", "nothing else", (_no_take_back,)),
        Mutant("till-receipt", "nothing else", (_receipt_afterwards,)),
        Mutant("leaving-fence", "members' refusal of who is leaving", (_no_fence,)),
    )
}


def take_out(name: str) -> None:
    """Take the guard of this mutant out of the code of this process."""
    for change in MUTANTS[name].changes:
        change()
