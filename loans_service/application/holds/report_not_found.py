"""A desk did not find what was on its pull list."""

from dataclasses import dataclass

from loans_service.application.holds.change_hold import locked_hold
from loans_service.application.holds.commands import OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.queries import HoldQueries
from loans_service.domain.circulating_copy import CopyNotOnShelf, CopyStatus
from loans_service.domain.holds.hold_refusals import HoldHasNoTarget, HoldNotFound
from loans_service.domain.rights import PLACE_HOLDS
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@refuses(HoldNotFound, HoldHasNoTarget, OutOfDate)
@dataclass(frozen=True, slots=True)
class ReportNotFound:
    """Say that the copy on the pull list is not to be found.

    - The catalogue is told, and calls the copy missing; nobody is sent for it again until it is seen.
    - Another copy is chosen for the hold moments later, if there is one. It keeps its place.
    - Only what is to be pulled can be missed so: a hold without a target is refused.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    clock: Clock

    async def __call__(self, command: OfHold, receipt: Receipt | None = None) -> HoldView:
        reporting = locked_hold(command, self.unit_of_work, self.queries, receipt, where_fetched=False)
        async with reporting as (hold, uow):
            record = None if not hold.has_target or hold.copy_id is None else await uow.copies.away(hold.copy_id)
            if record is None:
                raise HoldHasNoTarget
            authorise(PLACE_HOLDS, record.branch)
            now = self.clock.now()
            uow.publish(CopyNotOnShelf(record.copy, record.branch, hold.id, now))
            hold.lose_copy(now=now)
            record.release(None, shelf_until=now, now=now)
            await uow.copies.note_status(record.copy, CopyStatus.MISSING)
            uow.retarget_requests.add(hold.book_id, at=now)
            view = HoldView.of(hold, now=now, position=await uow.holds.position_of(hold))
            await uow.commit(answer=view)
        return view
