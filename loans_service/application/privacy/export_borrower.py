"""Hand out everything that lending knows of a person."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.fine_views import FineFilter, FineView, PaymentView, SuspensionView
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.hold_views import HoldFilter, HoldView, as_of
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter, LoanView
from loans_service.application.tills.queries import TillQueries
from loans_service.application.tills.till_views import PayoutView, ReceiptFilter, ReceiptView
from loans_service.domain.borrower import BorrowerNotFound
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class BorrowerExport:
    """All that lending keeps of one person, as of `exported_at`."""

    member_id: UUID
    exported_at: datetime
    loans: tuple[LoanView, ...]
    holds: tuple[HoldView, ...]
    fines: tuple[FineView, ...]
    payments: tuple[PaymentView, ...]
    suspensions: tuple[SuspensionView, ...]
    receipts: tuple[ReceiptView, ...]
    payouts: tuple[PayoutView, ...]


@refuses(BorrowerNotFound)
@dataclass(frozen=True, slots=True)
class ExportBorrower:
    """Hand out every loan, hold, fine and suspension of a person, and payments by reference, newest first.

    - Receipts and what the library owes the person come in their order. Who of the staff gave a receipt, and why, is
      not the person's.
    - With `only_of`, anybody else is as unknown as somebody who never borrowed.
    - Whoever never borrowed gets an empty document: who is a member is not for lending to say.
    """

    loans: LoanQueries
    holds: HoldQueries
    fines: FineQueries
    tills: TillQueries
    merged: MergedRecords
    clock: Clock

    async def __call__(self, member_id: UUID, *, only_of: UUID | None) -> BorrowerExport:
        if only_of not in (None, member_id):
            raise BorrowerNotFound
        now, member_id = self.clock.now(), await self.merged.record_that_stays(member_id)
        borrowed = [loan async for loan in _loans_of(member_id, self.loans, now)]
        held = [as_of(hold, now) async for hold in _holds_of(member_id, self.holds)]
        owed = [fine async for fine in _fines_of(member_id, self.fines)]
        paid = await self.fines.payments(member_id)
        suspended = await self.fines.suspensions(member_id)
        given = [replace(receipt, by="staff", why="") async for receipt in _receipts_of(member_id, self.tills)]
        due = [payout async for payout in _payouts_of(member_id, self.tills)]
        past, money = (tuple(borrowed), tuple(held), tuple(owed), tuple(paid)), (tuple(given), tuple(due))
        return BorrowerExport(member_id, now, *past, tuple(suspended), *money)


async def _loans_of(member_id: UUID, loans: LoanQueries, now: datetime) -> AsyncIterator[LoanView]:
    before: tuple[datetime, UUID] | None = None
    while page := await loans.loans(LoanFilter(now=now, member_id=member_id), limit=_AT_ONCE, before=before):
        for loan in page:
            yield loan
        before = (page[-1].checked_out_at, page[-1].loan_id)


async def _holds_of(member_id: UUID, holds: HoldQueries) -> AsyncIterator[HoldView]:
    before: tuple[datetime, UUID] | None = None
    while page := await holds.holds(HoldFilter(member_id=member_id), limit=_AT_ONCE, before=before):
        for hold in page:
            yield hold
        before = (page[-1].placed_at, page[-1].hold_id)


async def _fines_of(member_id: UUID, fines: FineQueries) -> AsyncIterator[FineView]:
    before: tuple[datetime, UUID] | None = None
    while page := await fines.fines(FineFilter(member_id), limit=_AT_ONCE, before=before):
        for fine in page:
            yield fine
        before = (page[-1].charged_at, page[-1].fine_id)


async def _receipts_of(member_id: UUID, tills: TillQueries) -> AsyncIterator[ReceiptView]:
    after: tuple[datetime, str] | None = None
    while page := await tills.receipts(ReceiptFilter(member_id=member_id), limit=_AT_ONCE, after=after):
        for receipt in page:
            yield receipt
        after = (page[-1].at, page[-1].number)


async def _payouts_of(member_id: UUID, tills: TillQueries) -> AsyncIterator[PayoutView]:
    after: tuple[datetime, UUID] | None = None
    while page := await tills.payouts(member_id=member_id, due=False, limit=_AT_ONCE, after=after):
        for payout in page:
            yield payout
        after = (page[-1].made_at, page[-1].payout_id)
