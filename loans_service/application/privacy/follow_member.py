"""Follow events of members: merged records, other categories, and choices about the reading history."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.holds.change_hold import CancelHold
from loans_service.application.holds.commands import HoldCancellation, OfHold
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotFound
from loans_service.domain.holds.joined_queues import held_by_both
from loans_service.domain.holds.placing import AlreadyHeldByMember
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class MergedMembersNews:
    """The records of `member_id` now belong to `into`, who has this category. Later events have a higher `sequence`."""

    message_id: str
    member_id: UUID
    into: UUID
    sequence: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class JoinBorrowers:
    """Move loans, holds and debts of a member to the one into whom the member was merged.

    If that one has been merged, too, and its event came first, all goes to the remaining record. If that was erased
    already, it is erased once more when nothing is open.

    Of two holds on one book one is cancelled first: the one with a captured copy stays, else the older one. An
    interrupted run is completed when the event comes again. A desk that asked members before is refused from then on,
    because its act would belong to no member.
    """

    unit_of_work: LoansWorkFactory
    cancel_hold: CancelHold
    clock: Clock

    async def __call__(self, news: MergedMembersNews, *, listener: str) -> None:
        while not await self._join(news, listener):
            pass

    async def _join(self, news: MergedMembersNews, listener: str) -> bool:
        """Return whether all is done; if not, the remaining record was itself merged meanwhile."""
        async with self.unit_of_work() as uow:
            into = await _record_that_stays(news, uow)
            holds = await uow.erasure_requests.holds_of_both(news.member_id, into)
        for hold_id in held_by_both(holds):
            with suppress(HoldNotFound, HoldNotActive):
                await self.cancel_hold(HoldCancellation(OfHold(hold_id), AlreadyHeldByMember.code))
        async with self.unit_of_work() as uow:
            await uow.erasure_requests.lock_both(news.member_id, into)
            if await _record_that_stays(news, uow) != into:
                return False
            if await uow.first_time(listener=listener, message_id=news.message_id):
                now = self.clock.now()
                await _lock_held_books({news.member_id, into}, uow)
                await uow.erasure_requests.hand_over(news.member_id, into=into, sequence=news.sequence, now=now)
                if news.category is not None and into == news.into:
                    await _hold_as(news.category, into, uow, now)
                await uow.commit()
        return True


async def _record_that_stays(news: MergedMembersNews, uow: UnitOfWork) -> UUID:
    stays = await uow.erasure_requests.record_that_stays(news.into)
    # A merge in the other direction was undone when members was restored from a backup.
    return news.into if stays == news.member_id else stays


async def _lock_held_books(member_ids: Collection[UUID], uow: UnitOfWork) -> None:
    """Lock the books that these members wait for, as a desk does before it changes a hold."""
    await uow.lock_books({hold.book_id for each in member_ids for hold in await uow.holds.active_of(each)})


async def _hold_as(category: str, member_id: UUID, uow: UnitOfWork, now: datetime) -> None:
    """Give the holds of a member this category, and retarget their books, which must be locked."""
    for book_id in await uow.erasure_requests.hold_as(category, member_id):
        uow.retarget_requests.add(book_id, at=now)


@dataclass(frozen=True, slots=True)
class CategoryNews:
    """The category that a member has from now on."""

    message_id: str
    member_id: UUID
    category: str


@dataclass(frozen=True, slots=True)
class FollowCategory:
    """Update the category of a member's holds, so that copies are captured only if they may be lent to them."""

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, news: CategoryNews, *, listener: str) -> None:
        async with self.unit_of_work() as uow:
            if await uow.first_time(listener=listener, message_id=news.message_id):
                member_id = await uow.erasure_requests.record_that_stays(news.member_id)
                if member_id == news.member_id:  # else the category of the remaining record applies
                    await _lock_held_books({member_id}, uow)
                    await _hold_as(news.category, member_id, uow, self.clock.now())
                await uow.commit()


@dataclass(frozen=True, slots=True)
class HistoryNews:
    """A member's choice: whether past loans are kept, and whether each is forgotten when it ends."""

    message_id: str
    member_id: UUID
    keep: bool
    forget: bool


@dataclass(frozen=True, slots=True)
class FollowHistoryChoice:
    """Note whether a member's past loans are kept, and forget them at once if that was chosen.

    Loans that end later are forgotten by the next sweep, so that a return costs nothing more.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, news: HistoryNews, *, listener: str) -> None:
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=news.message_id):
                return
            await uow.erasure_requests.keep_history(news.member_id, keep=news.keep, forget=news.forget)
            if news.forget:
                await uow.erasure_requests.forget_history(news.member_id, now=self.clock.now())
            await uow.commit()
