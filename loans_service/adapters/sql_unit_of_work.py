"""One act of circulation as one transaction: loans, events and receipt."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from loans_service.adapters.fines.sql_fine_tables import fine_entries
from loans_service.adapters.fines.sql_fines import SqlFines
from loans_service.adapters.holds.sql_circulation_records import SqlCirculationRecords
from loans_service.adapters.holds.sql_holds import SqlHolds
from loans_service.adapters.holds.sql_retarget_requests import SqlRetargetRequests
from loans_service.adapters.lending.sql_check_outs import SqlCheckOuts
from loans_service.adapters.lending.sql_loans import SqlLoans
from loans_service.adapters.loan_messages import CirculationEvent, message
from loans_service.adapters.moving_in.sql_former_records import SqlFormerRecords
from loans_service.adapters.privacy.sql_erasure_requests import SqlErasureRequests
from loans_service.adapters.rules.sql_rulebook import RULES_STAY, RulesCache, SqlRulebook
from loans_service.adapters.sql_tables import borrowers, loan_history, plumbing
from loans_service.domain.circulating_copy import CopyNotOnShelf
from loans_service.domain.fines.fine import FineEvent
from loans_service.domain.lendable_copy import CopyOnLoan
from loans_service.domain.lending.loan import LoanEvent
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database, violates
from shared.persistence.statements import Constant, Rows, Write
from shared.persistence.work import SqlWork

_BOOK_LOCK = func.pg_advisory_xact_lock(bindparam("book_lock", type_=BigInteger))
_LOCK_BOOK = Constant(select(_BOOK_LOCK, RULES_STAY))


def _serve(insert: Any, *locks: ColumnElement[Any]) -> ReturningInsert[Any]:
    """Return what takes the row of a borrower, whether it is there or not."""
    new = insert(borrowers).values(member_id=bindparam("member_id"), served=1)
    once_more = new.on_conflict_do_update(index_elements=["member_id"], set_={"served": borrowers.c.served + 1})
    served: ReturningInsert[Any] = once_more.returning(borrowers.c.leaving_id, *locks)
    return served


_SERVE_AND_LOCK_BOOK = Constant(
    {"postgresql": _serve(postgresql.insert, _BOOK_LOCK, RULES_STAY), "sqlite": _serve(sqlite.insert)}
)
_NEW_ENTRIES, _NEW_POSTINGS = Rows(loan_history), Rows(fine_entries)


class SqlUnitOfWork:
    """Implements `ports.UnitOfWork`."""

    def __init__(
        self,
        database: Database,
        *,
        rules: RulesCache,
        clock: Clock,
        receipt: Receipt | None,
        on_commit: Callable[[], None],
        by: str,
    ) -> None:
        self._work = SqlWork(database, plumbing, receipt=receipt, on_commit=on_commit)
        self._on_sqlite = database.dialect == "sqlite"
        self._rules = rules
        self._clock = clock
        self._by = by

    async def __aenter__(self) -> Self:
        self._session: AsyncSession = await self._work.open()
        self.loans = SqlLoans(self._session)
        self.rulebook = SqlRulebook(self._session, self._rules, on_sqlite=self._on_sqlite)
        self.holds = SqlHolds(self._session)
        self.copies = SqlCirculationRecords(self._session)
        self.targets = SqlRetargetRequests(self._session)
        self.facts = SqlCheckOuts(
            self._session,
            self.rulebook,
            loans=self.loans,
            copies=self.copies,
            currency=self._rules.currency,
            clock=self._clock,
        )
        self._told: list[CirculationEvent] = []
        self.erasure_requests = SqlErasureRequests(self._session)
        self.fines = SqlFines(self._session)
        self.former = SqlFormerRecords(self._session, loans=self.loans, holds=self.holds, copies=self.copies)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._work.close()

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        return bool(await self._work.new_among([message_id], listener=listener, now=self._clock.now()))

    async def lock(self, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        """Take the borrower's row, then the book's advisory lock, in one statement; SQLite has one lock for everything.

        Being statements of their own, they make the next one see all that was committed while this one waited. Taken
        in this order by everybody, they let nobody wait for somebody who waits for them.
        """
        # The low half of a UUIDv7 is random, so two books hardly ever share a lock; if they do, one waits needlessly.
        lock = {"book_lock": int.from_bytes(book_id.bytes[8:], "big", signed=True)}
        if member_id is not None:
            (served,) = await self._work.transaction.run(_SERVE_AND_LOCK_BOOK, member_id=member_id, **lock)
            return bool(served.leaving_id)
        if not self._on_sqlite:
            await self._work.transaction.run(_LOCK_BOOK, **lock)
        return False

    def tell(self, event: CopyNotOnShelf) -> None:
        self._told.append(event)

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Keep everything. Raises CopyOnLoan when the database itself saw a second open loan of one copy."""
        told = [event for loan in self.loans.seen for event in loan.take_events()]
        events: list[CirculationEvent] = [
            *told,
            *(event for hold in self.holds.seen for event in hold.take_events()),
            *(event for found in self.copies.seen for event in found.take_events()),
            *self.copies.told_again,
            *self._told,
            *self.erasure_requests.cleared,
            *(posted := [event for fine in self.fines.seen.values() for event in fine.take_events()]),
        ]
        messages = [sent for event in events if (sent := message(event)) is not None]
        try:
            await self.holds.flush()
            await self.copies.flush()
            await self.targets.flush()
            await self.former.flush()
            writes: list[Write] = [
                *self.loans.writes(),
                (_NEW_ENTRIES, [self._entry(event) for event in told if isinstance(event, LoanEvent)]),
                (_NEW_POSTINGS, [self._posted(event) for event in posted]),
            ]
            await self._work.commit(messages, writes=writes, answer=answer, now=self._clock.now(), imported=imported)
        except IntegrityError as error:
            if violates(error, "uq_loans_open_copy", "loans.copy_id"):
                raise CopyOnLoan from error
            raise

    def _posted(self, event: FineEvent) -> dict[str, Any]:
        return {
            "fine_id": event.fine.id,
            "posting": event.posting,
            "amount": event.amount.amount,
            "currency": event.amount.currency,
            "at": event.at,
            "by": self._by,
            "why": event.why,
        }

    def _entry(self, event: LoanEvent) -> dict[str, Any]:
        terms = event.terms
        return {
            "loan_id": event.loan.id,
            "at": event.at,
            "type": event.type,
            "by": self._by,
            "why": event.why,
            "rule": terms.rule if terms else None,
            "policy_version": terms.policy_version if terms else None,
            "due_at": event.loan.due_at,
            "overridden": list(event.overridden),
        }
