"""Erase a borrower who leaves the library."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from loans_service.application.holds.change_hold import CancelHold
from loans_service.application.holds.commands import HoldCancellation, OfHold
from loans_service.domain.borrower import MemberLeaving
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotFound
from loans_service.domain.privacy.erasure import BorrowerCleared
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class LeavingNews:
    """A request for erasure from members, or None if the member stays. Later events have a higher `sequence`."""

    message_id: str
    member_id: UUID
    leaving_id: UUID | None
    sequence: int


@dataclass(frozen=True, slots=True)
class ClearBorrower:
    """Cancel the holds of a borrower who leaves, and anonymise the loans once nothing is open.

    Each hold is cancelled in its own transaction, and the rest in another; the next run completes an interrupted one.
    """

    unit_of_work: LoansWorkFactory
    cancel_hold: CancelHold
    clock: Clock

    async def __call__(self, member_id: UUID) -> None:
        async with self.unit_of_work() as uow:
            holds = await uow.erasure_requests.active_holds_of(member_id)
        for hold_id in holds:
            with suppress(HoldNotFound, HoldNotActive):  # another process was faster
                await self.cancel_hold(HoldCancellation(OfHold(hold_id), MemberLeaving.code))
        async with self.unit_of_work() as uow:
            leaving_id = await uow.erasure_requests.lock(member_id)  # waits for a desk that serves this member
            if leaving_id is None or not (await uow.erasure_requests.open_obligations(member_id)).nothing_left:
                return
            await uow.erasure_requests.anonymise(BorrowerCleared(member_id, leaving_id, self.clock.now()))
            await uow.commit()


@dataclass(frozen=True, slots=True)
class NoteLeaving:
    """Note that a borrower leaves, or stays after all, and erase the borrower at once if nothing is open.

    From then on nothing is lent to this member, whatever members answered a moment before, and holds are not served.
    Repeated events, and events older than the last, change nothing.
    """

    unit_of_work: LoansWorkFactory
    clear_borrower: ClearBorrower

    async def __call__(self, news: LeavingNews, *, listener: str) -> None:
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=news.message_id):
                return
            await uow.erasure_requests.note(news.member_id, leaving_id=news.leaving_id, sequence=news.sequence)
            await uow.commit()
        await self.clear_borrower(news.member_id)


@dataclass(frozen=True, slots=True)
class ClearBorrowers:
    """Erase all borrowers who leave and have nothing open; several processes may do so at once."""

    unit_of_work: LoansWorkFactory
    clear_borrower: ClearBorrower

    async def __call__(self) -> None:
        async with self.unit_of_work() as uow:
            leaving = await uow.erasure_requests.waiting(most=_AT_ONCE)
        for member_id in leaving:
            await self.clear_borrower(member_id)
