"""Hand out everything that lending knows of a person."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.each_of import AT_ONCE, each_of
from loans_service.application.fines.fine_views import FineFilter, FineView, ListedFineView, PaymentView, SuspensionView
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.hold_views import HoldFilter, HoldView, as_of
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter, LoanView
from loans_service.application.tills.queries import TillQueries
from loans_service.application.tills.show_receipts import ReadJournal
from loans_service.application.tills.till_views import PayoutView, ReceiptFilter, ReceiptView
from loans_service.domain.borrower import BorrowerNotFound
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


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
        given = [
            replace(receipt, by="staff", why="")
            async for receipt in ReadJournal(self.tills)(ReceiptFilter(member_id=member_id), own=True)
        ]
        due = [payout async for payout in _payouts_of(member_id, self.tills)]
        past, money = (tuple(borrowed), tuple(held), tuple(owed), tuple(paid)), (tuple(given), tuple(due))
        return BorrowerExport(member_id, now, *past, tuple(suspended), *money)


def _loans_of(member_id: UUID, loans: LoanQueries, now: datetime) -> AsyncIterator[LoanView]:
    filters = LoanFilter(now=now, member_id=member_id)
    return each_of(
        lambda before: loans.loans(filters, limit=AT_ONCE, before=before),
        lambda last: (last.checked_out_at, last.loan_id),
    )


def _holds_of(member_id: UUID, holds: HoldQueries) -> AsyncIterator[HoldView]:
    filters = HoldFilter(member_id=member_id)
    return each_of(
        lambda before: holds.holds(filters, limit=AT_ONCE, before=before), lambda last: (last.placed_at, last.hold_id)
    )


def _fines_of(member_id: UUID, fines: FineQueries) -> AsyncIterator[ListedFineView]:
    return each_of(
        lambda before: fines.fines(FineFilter(member_id), limit=AT_ONCE, before=before),
        lambda last: (last.charged_at, last.fine_id),
    )


def _payouts_of(member_id: UUID, tills: TillQueries) -> AsyncIterator[PayoutView]:
    return each_of(
        lambda after: tills.payouts(member_id=member_id, due=False, limit=AT_ONCE, after=after),
        lambda last: (last.made_at, last.payout_id),
    )
