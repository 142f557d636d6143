"""Look up receipts, and list what was taken and given back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.application.each_of import AT_ONCE, each_of
from loans_service.application.tills.queries import TillQueries
from loans_service.application.tills.till_views import PayoutView, ReceiptFilter, ReceiptView
from loans_service.domain.rights import SEE_HISTORY, TAKE_PAYMENTS
from loans_service.domain.tills.till_receipt import ReceiptNotFound
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.errors import refuses
from shared.kernel.rights import RightMissing, authorise, is_authorised


def expect_to_see_receipts(*, unless_own: UUID | None = None) -> None:
    """Raise RightMissing unless whoever acts takes payments, or may see what members had: receipts say both."""
    if not is_authorised(TAKE_PAYMENTS):
        authorise(SEE_HISTORY, unless_own=unless_own)


ZoneOf = Callable[[str], Awaitable[ZoneInfo]]
"""Returns the time zone of a branch, or that of the library for none."""


@refuses(ReceiptNotFound, RightMissing)
@dataclass(frozen=True, slots=True)
class ShowReceipt:
    """Show a receipt: what was paid or given back, for what, when and at which till.

    - With `only_of`, a receipt of anybody else is as unknown as one that does not exist, and who of the staff gave it,
      and why, is not shown. Those of others are for who takes payments, or may see what members had.
    - `Accept: text/html` brings it as a page to be printed, `text/plain` as lines for a receipt printer; both tell the
      time of the branch, and speak the language of `Accept-Language`.
    """

    queries: TillQueries
    zone_of: ZoneOf

    async def __call__(self, number: str, *, only_of: UUID | None) -> ReceiptView:
        receipt = await self.queries.receipt(number)
        if receipt is None or only_of not in (None, receipt.member_id, receipt.paid_by):
            raise ReceiptNotFound
        if only_of is None:
            expect_to_see_receipts(unless_own=receipt.member_id)
        return receipt if only_of is None else replace(receipt, by="staff", why="")

    async def in_print(self, number: str, *, only_of: UUID | None) -> ReceiptView:
        """Return the receipt with the time as the clock of its branch shows it, or that of the library."""
        receipt = await self(number, only_of=only_of)
        return replace(receipt, at=receipt.at.astimezone(await self.zone_of(receipt.branch or "")))


@refuses(RightMissing)
@dataclass(frozen=True, slots=True)
class ListReceipts:
    """List receipts in the order in which they were given: for who takes payments, or may see what members had."""

    queries: TillQueries

    async def __call__(
        self, filters: ReceiptFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[ReceiptView]:
        expect_to_see_receipts()
        return await self.queries.receipts(filters, limit=limit, after=after)


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """Read all receipts that the filters leave, one after the other. Those that are not one's `own` as for listing."""

    queries: TillQueries

    def __call__(self, filters: ReceiptFilter, *, own: bool = False) -> AsyncIterator[ReceiptView]:
        if not own:
            expect_to_see_receipts()

        def page_behind(after: tuple[datetime, str] | None) -> Awaitable[list[ReceiptView]]:
            return self.queries.receipts(filters, limit=AT_ONCE, after=after)

        return each_of(page_behind, lambda last: (last.at, last.number))


@dataclass(frozen=True, slots=True)
class ListPayouts:
    """List what the library owes members, the oldest first. The id of a merged record stands for the person."""

    queries: TillQueries
    merged: MergedRecords

    async def __call__(
        self, *, member_id: UUID | None, due: bool, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[PayoutView]:
        if member_id is not None:
            member_id = await self.merged.record_that_stays(member_id)
        return await self.queries.payouts(member_id=member_id, due=due, limit=limit, after=after)
