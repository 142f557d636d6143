"""The unit of work: one act of circulation in one transaction, with its events and receipt."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Protocol, Self
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from loans_service.domain.circulating_copy import CirculatingCopy, CopyNotOnShelf
from loans_service.domain.lendable_copy import CopyOnLoan
from loans_service.domain.lending.loan import LoanEvent
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.statistics.atoms import channel_of
from loans_service.domain.statistics.counting import Act, in_house_use
from loans_service.domain.tills.payout import CreditPaidOut
from loans_service.persistence.fines.fines import Fines
from loans_service.persistence.fines.suspensions import LatenessSuspensions
from loans_service.persistence.holds.circulation_records import CirculationRecords
from loans_service.persistence.holds.copy_volumes import CopyVolumes
from loans_service.persistence.holds.corrections import Corrections
from loans_service.persistence.holds.holds import Holds
from loans_service.persistence.holds.retarget_requests import RetargetRequests
from loans_service.persistence.import_tables import imports
from loans_service.persistence.lending.desk_reader import DeskReader
from loans_service.persistence.lending.loans import Loans
from loans_service.persistence.locks import LOCK_BOOK, SERVE_AND_LOCK_BOOK, book_key
from loans_service.persistence.messages import CirculationEvent, message
from loans_service.persistence.moving_in.former_records import FormerRecords
from loans_service.persistence.privacy.erasure_requests import ErasureRequests
from loans_service.persistence.reports.reports import AnnualReports
from loans_service.persistence.rules.rulebook import Rulebook, RulesCache
from loans_service.persistence.statistics.counting import Counting
from loans_service.persistence.tables import loan_history, plumbing
from loans_service.persistence.tills.payouts import Payouts
from loans_service.persistence.tills.tills import Tills
from shared.kernel.clock import Clock
from shared.kernel.cube import Count
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database, violates
from shared.persistence.imports import SqlImportNotes
from shared.persistence.statements import InsertMany, Write
from shared.persistence.work import SqlWork

_NEW_ENTRIES = InsertMany(loan_history)
SYSTEM = "system"
"""The actor of automatic acts."""


class UnitOfWork:
    """One transaction. Leaving the block without `commit` undoes everything.

    `branch` is where its act is done, if that is known: the history of loans says so, as it says who acted. `offline`:
    a machine did it before.
    """

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
        self.branch: str | None = None
        self.offline = False
        self._counts: list[Count] = []

    async def __aenter__(self) -> Self:
        transaction = await self._work.begin()
        self._run = run = transaction.run
        self.loans = Loans(run)
        self.rulebook = Rulebook(run, self._rules, on_sqlite=self._on_sqlite)
        self.holds = Holds(run)
        self.copies = CirculationRecords(run)
        self.volumes = CopyVolumes(run)
        self.corrections = Corrections(transaction)
        self.retarget_requests = RetargetRequests(run)
        self.facts = DeskReader(
            run,
            self.rulebook,
            loans=self.loans,
            copies=self.copies,
            currency=self._rules.currency,
            clock=self._clock,
        )
        self._published: list[CirculationEvent] = []
        self.erasure_requests = ErasureRequests(transaction)
        self.suspensions = LatenessSuspensions(run, by=self._by, on_sqlite=self._on_sqlite)
        self.tills = Tills(run, by=self._by)
        self.reports = AnnualReports(run)
        self.payouts = Payouts(run)
        self.fines = Fines(run, self.payouts, by=self._by)
        self.former = FormerRecords(transaction, loans=self.loans, holds=self.holds, copies=self.copies)
        self.imports = SqlImportNotes(transaction, imports)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._work.close()

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        """Note an incoming message in this transaction; return False if this listener has already handled it."""
        return bool(await self._work.new_among([message_id], listener=listener, now=self._clock.now()))

    async def lock(self, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        """Lock this borrower, and the copies and the queue of this book, until the transaction ends.

        Return whether the borrower is leaving. The rules are locked against changes, too. Read what a rule depends on
        only afterwards: what was read before may be out of date.
        """
        # The borrower's row, then the book's lock, in one statement; SQLite has one lock for everything.
        lock = {"book_lock": book_key(book_id)}
        if member_id is not None:
            (served,) = await self._run(SERVE_AND_LOCK_BOOK, member_id=member_id, **lock)
            return bool(served.leaving_id)
        if not self._on_sqlite:
            await self._run(LOCK_BOOK, **lock)
        return False

    async def lock_books(self, book_ids: Collection[UUID]) -> None:
        """Lock several books as `lock` does, in the order that all transactions use."""
        for book_id in sorted(book_ids, key=book_key):
            await self.lock(book_id=book_id)

    def publish(self, event: CopyNotOnShelf | CreditPaidOut) -> None:
        """Publish an event without a stored change."""
        self._published.append(event)

    def count(self, count: Count) -> None:
        """Count something that is no event."""
        self._counts.append(count)

    async def count_in_house_use(self, copy: CirculatingCopy, *, branch: str, at: datetime) -> None:
        """Count that a copy was used in the library, and put back."""
        zone = await self.rulebook.zone_of(branch)
        act = Act(branch, at.astimezone(zone).date(), channel_of(self._by, offline=self.offline))
        self.count(in_house_use(copy.item_type, copy.location, act))

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Commit the changes, their events and the receipt of `answer`; `imported` marks the events.

        Raises CopyOnLoan if another desk was faster.
        """
        loan_events = [event for loan in self.loans.tracked for event in loan.take_events()]
        events: list[CirculationEvent] = [
            *loan_events,
            *(event for hold in self.holds.tracked for event in hold.take_events()),
            *(event for found in self.copies.tracked for event in found.take_events()),
            *self.copies.republished,
            *self._published,
            *self.erasure_requests.cleared,
            *self.fines.take_events(),
        ]
        messages = [sent for event in events if (sent := message(event)) is not None]
        counting = Counting(self.rulebook, by=self._by, branch=self.branch, offline=self.offline)
        counts = [] if imported else [*await counting.of(events), *self._counts]
        entries = [
            self._entry(event) | counting.columns_of(event) for event in loan_events if isinstance(event, LoanEvent)
        ]
        try:
            await self.holds.release_copies()
            await self.former.flush()
            writes: list[Write] = [
                *self.loans.writes(),
                (_NEW_ENTRIES, entries),
                *self.holds.writes(),
                *self.copies.writes(),
                *self.retarget_requests.writes(),
                *self.fines.writes(counting.columns_of_posting),
                *self.tills.writes(),
                *self.payouts.writes(),
            ]
            await self._work.commit(
                messages, writes=writes, answer=answer, now=self._clock.now(), counts=counts, imported=imported
            )
        except IntegrityError as error:
            if violates(error, "uq_loans_open_copy", "loans.copy_id"):
                raise CopyOnLoan from error
            raise

    def _entry(self, event: LoanEvent) -> dict[str, Any]:
        terms, loan = event.terms, event.loan
        return {
            "loan_id": loan.id,
            "at": event.at,
            "type": event.type,
            "by": self._by,
            "why": event.why,
            "rule": terms.rule if terms else None,
            "policy_version": terms.policy_version if terms else None,
            "due_at": loan.due_at,
            "overridden": list(event.overridden),
            "acted_by": event.acted_by,
            "confirmed": list(event.confirmed) or None,
            "branch": loan.branch if event.type is LoanEventType.CHECKED_OUT else self.branch,
        }


class LoansWorkFactory(Protocol):
    """Opens transactions. `by` is the actor in the history of loans: an account, `borrower` or `system`."""

    def __call__(self, receipt: Receipt | None = None, *, by: str = SYSTEM) -> UnitOfWork: ...
