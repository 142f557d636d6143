"""Send a copy to another branch for no hold."""

from dataclasses import dataclass

from loans_service.application.holds.hold_views import CopyAwayView
from loans_service.application.neighbours import Catalogue
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.holds.hold_queue import CheckOutHeldByOther
from loans_service.domain.lendable_copy import CopyNotFound, CopyOnLoan, UnknownBranch
from loans_service.domain.rights import MOVE_COPIES
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Send:
    """Which copy to send where. `by` is who sends it."""

    copy: CopyKey
    to_branch: str
    by: str = SYSTEM


@refuses(CopyNotFound, UnknownBranch, CopyOnLoan, CheckOutHeldByOther, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class SendCopy:
    """Send a copy to another branch, where it stays until it is sent or lent again.

    - It is in transit from then on; a return there ends that, or gives it to somebody who waits for it. Scanned on its
      way, it goes on; scanned in its own branch, it is at home again.
    - A copy that is on loan, or captured for a hold, is not sent. One that was to be pulled is: the hold is served by
      another one, if there is one.
    """

    unit_of_work: LoansWorkFactory
    catalogue: Catalogue
    clock: Clock

    async def __call__(self, command: Send, receipt: Receipt | None = None) -> CopyAwayView:
        lendable = await self.catalogue.lendable_copy(command.copy, desk=command.to_branch)
        if lendable.desk is None:
            raise UnknownBranch(field="to_branch")
        copy = lendable.as_circulating()
        async with self.unit_of_work(receipt, by=command.by) as uow:
            await uow.lock(book_id=copy.book_id)
            if await uow.loans.open_of(copy.copy_id) is not None:
                raise CopyOnLoan
            record, now = await uow.copies.record_of(copy), self.clock.now()
            authorise(MOVE_COPIES, record.branch)
            if record.is_captured:
                raise CheckOutHeldByOther(captured=True)
            hold = None if record.hold_id is None else await uow.holds.get(record.hold_id)
            if hold is not None:
                hold.lose_copy(now=now)
            record.send(lendable.desk, now=now)
            uow.retarget_requests.add(copy.book_id, at=now)
            view = CopyAwayView.of(record, since=now)
            await uow.commit(answer=view)
        return view
