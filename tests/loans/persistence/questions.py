"""What is asked of years of work: by use cases, for lists and in batches."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.application.fines.fine_views import CollectionFilter, FineFilter
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.hold_views import HoldFilter
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter
from loans_service.application.rules.queries import PastLoans
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.lending.check_out import Answered
from loans_service.persistence.holds.circulation_records import CirculationRecords
from loans_service.persistence.holds.holds import Holds
from loans_service.persistence.lending.desk_reader import DeskReader
from loans_service.persistence.lending.loans import Loans
from loans_service.persistence.rules.rulebook import Rulebook, RulesCache
from shared.persistence.database import Database
from shared.persistence.statements import Runs
from shared.persistence.transaction import Transaction
from tests.clocks import SteppingClock
from tests.loans.makers import UTC_ZONE, a_copy, a_standing

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LONG_AGO = (NOW - timedelta(days=300), UUID(int=0))
BEGINNING, MIDDLE, A_BIT_ON = UUID(int=0), UUID(int=2**127), UUID(int=2**127 + 2**124)


def thing_id(thing: str) -> UUID:
    return UUID(hashlib.md5(thing.encode(), usedforsecurity=False).hexdigest())


COPY, BOOK, MEMBER, LOAN, FINE = (
    thing_id("copy40"),
    thing_id("book20"),
    thing_id("member40"),
    thing_id("loan40"),
    thing_id("fine40"),
)
EMMA = CirculatingCopy(COPY, BOOK, "C40", "Emma", "B0", "book")
SOME_COPIES = [thing_id(f"{kind}{number}") for kind in ("copy", "away") for number in range(50)]
Ask = Callable[[Database], Awaitable[object]]


def in_work(ask: Callable[[Runs], Awaitable[object]]) -> Ask:
    """Ask as a use case does, inside its transaction."""
    return in_transaction(lambda work: ask(work.run))


def in_transaction(ask: Callable[[Transaction], Awaitable[object]]) -> Ask:
    """Ask by what is made up as it is needed."""

    async def asked(database: Database) -> object:
        work = await database.begin()
        try:
            return await ask(work)
        finally:
            await work.close()

    return asked


def loan_views(database: Database) -> LoanQueries:
    return LoanQueries(database, SteppingClock(NOW))


def loans_by(**wanted: Any) -> Ask:
    chosen = LoanFilter(now=NOW, **wanted)
    return _pages(lambda database, before: loan_views(database).loans(chosen, limit=21, before=before))


def holds_by(**wanted: Any) -> Ask:
    chosen = HoldFilter(**wanted)
    return _pages(lambda database, before: HoldQueries(database).holds(chosen, limit=21, before=before))


def fines_by(**wanted: Any) -> Ask:
    chosen = FineFilter(**wanted)
    return _pages(lambda database, before: FineQueries(database).fines(chosen, limit=21, before=before))


def collectable(branch: str | None = None) -> Callable[[Database, UUID | None], Awaitable[object]]:
    chosen = CollectionFilter(older_than_days=0, at_least=100, branch=branch)

    async def batch(database: Database, after: UUID | None) -> object:
        return await FineQueries(database).collectable(
            chosen, charged_until=NOW, fee=None, currency="EUR", limit=21, after=after
        )

    return batch


def away(branch: str | None) -> Ask:
    return _pages(lambda database, after: HoldQueries(database).away("in_transit", branch, limit=21, after=after))


def _pages(page: Callable[[Database, Any], Awaitable[object]]) -> Ask:
    """Ask for the first page, and for one far behind."""

    async def asked(database: Database) -> object:
        return await page(database, None), await page(database, LONG_AGO)

    return asked


def batches(batch: Callable[[Database, UUID | None], Awaitable[object]]) -> Ask:
    """Ask for the first batch, and for one in the middle."""

    async def asked(database: Database) -> object:
        return await batch(database, None), await batch(database, MIDDLE)

    return asked


async def past_loans(database: Database) -> None:
    batches = PastLoans(database).batches(since=LONG_AGO[0], until=NOW, most=500)
    assert 500 == sum([len(batch) async for batch in batches])


def the_facts(run: Runs) -> DeskReader:
    kept = RulesCache(currency="EUR", zone=UTC_ZONE, holidays_of=public_holidays, clock=SteppingClock(NOW))
    rulebook = Rulebook(run, kept, on_sqlite=False)
    records, lent = CirculationRecords(run), Loans(run)
    return DeskReader(run, rulebook, loans=lent, copies=records, currency="EUR", clock=SteppingClock(NOW))


async def a_check_out(run: Runs) -> object:
    known = Answered(a_copy(copy_id=COPY, book_id=BOOK, branch="B0"), a_standing(member_id=MEMBER))
    return await the_facts(run).of_check_out(known)


async def further_back(run: Runs) -> object:
    hold = await Holds(run).get(thing_id("hold20"))
    assert hold is not None
    further = await Holds(run).unserved(BOOK, behind=hold.queue_order, now=NOW)
    return further, await Holds(run).position_of(hold)
