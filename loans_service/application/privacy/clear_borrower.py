"""Let a borrower go who leaves the library."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from loans_service.application.ports import UnitOfWork
from loans_service.domain.privacy.erasure import BorrowerCleared
from shared.kernel.clock import Clock

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class LeavingNews:
    """Members' word on a borrower: a request to leave, or None when the member stays. Later news has higher numbers."""

    message_id: str
    member_id: UUID
    leaving_id: UUID | None
    sequence: int


async def note_leaving(news: LeavingNews, *, listener: str, uow: UnitOfWork, clock: Clock) -> None:
    """Remember that a borrower leaves, or stays after all, and let the borrower go at once if nothing is open.

    From then on nothing is lent to this member any more, whatever members said a moment before. News that came before,
    or after later news, changes nothing.
    """
    async with uow:
        if not await uow.first_time(listener=listener, message_id=news.message_id):
            return
        await uow.erasure_requests.note(news.member_id, leaving_id=news.leaving_id, sequence=news.sequence)
        await _clear(news.member_id, uow=uow, clock=clock)
        await uow.commit()


async def clear_borrowers(unit_of_work: Callable[[], UnitOfWork], clock: Clock) -> None:
    """Let everybody go who leaves and has nothing open any more: each in a transaction, so any number may do it."""
    async with unit_of_work() as uow:
        leaving = await uow.erasure_requests.waiting(most=_AT_ONCE)
    for member_id in leaving:
        async with unit_of_work() as uow:
            if await _clear(member_id, uow=uow, clock=clock):
                await uow.commit()


async def _clear(member_id: UUID, *, uow: UnitOfWork, clock: Clock) -> bool:
    """Forget who borrowed what and say so, in this transaction; False when something is open, or nobody leaves."""
    leaving_id = await uow.erasure_requests.lock(member_id)  # a desk that serves this member is waited for
    if leaving_id is None or not (await uow.erasure_requests.open_obligations(member_id)).nothing_left:
        return False
    await uow.erasure_requests.anonymise(BorrowerCleared(member_id, leaving_id, clock.now()))
    return True
