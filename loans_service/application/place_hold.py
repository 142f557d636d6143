"""Let a member wait for a book."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from loans_service.application.hold_views import HoldView
from loans_service.application.ports import Catalogue, CopyKey, MemberDirectory, MemberKey, UnitOfWork
from loans_service.domain.borrower import Standing
from loans_service.domain.calendar import Calendar
from loans_service.domain.hold import Hold
from loans_service.domain.placing import InvalidHoldExpiry, MemberNotNamed, Wanted, against_placing
from shared.kernel.clock import Clock
from shared.kernel.errors import NotFound, refuse_if_any
from shared.kernel.ids import new_id

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """A wish for any copy of `book_id`, or for the copy of `copy_id` alone: exactly one of the two.

    `member` is None when nobody is named and nobody asks for oneself. `pickup_branch` defaults to where the copy is at
    home. The member waits until the end of `expires_on`, if given.
    """

    member: MemberKey | None
    book_id: UUID | None = None
    copy_id: UUID | None = None
    pickup_branch: str | None = None
    expires_on: date | None = None


async def place_hold(
    wish: PlaceHold, *, uow: UnitOfWork, catalogue: Catalogue, members: MemberDirectory, clock: Clock
) -> HoldView:
    """Place a hold.

    - Books says whether there is a copy to lend, members whether the member may place holds; both are asked at once.
    - Holds for the book and for one of its copies wait in one queue, each behind those that were there before.
    - Every refusal is told, not just the first.
    """
    if wish.member is None:
        raise MemberNotNamed
    wanted, standing = await _ask_both(wish, wish.member, catalogue, members)
    async with uow:
        leaving = await uow.lock_out_others(member_id=standing.member_id, book_id=wanted.book_id)
        standing = standing.even_if(leaving=leaving)
        rules = await uow.rulebook.in_force(branch=wish.pickup_branch or wanted.branch)
        now = clock.now()
        expires_at = _end_of(wish.expires_on, rules.calendar, now=now)
        loans = await uow.loans.open_copies_of(standing.member_id)
        holds = await uow.holds.active_of(standing.member_id)
        refuse_if_any(against_placing(wanted, standing, rules.policy, loans=loans, holds=holds))
        hold = Hold(
            id=new_id(),
            book_id=wanted.book_id,
            title=wanted.title,
            wanted_copy_id=wanted.copy_id,
            member_id=standing.member_id,
            category=standing.category,
            pickup_branch=wish.pickup_branch,
            placed_at=now,
            expires_on=wish.expires_on,
            expires_at=expires_at,
        )
        queue = await uow.holds.queue_of(wanted.book_id)
        queue.join(hold)
        uow.holds.add(hold)
        view = HoldView.of(hold, position=queue.position_of(hold))
        await uow.commit(answer=view)
    return view


def _end_of(day: date | None, calendar: Calendar, *, now: datetime) -> datetime | None:
    if day is None:
        return None
    if day < calendar.day_of(now):
        raise InvalidHoldExpiry
    return calendar.end_of_day(day)


async def _ask_both(
    wish: PlaceHold, member: MemberKey, catalogue: Catalogue, members: MemberDirectory
) -> tuple[Wanted, Standing]:
    """Return both answers. Raises BookNotFound, CopyNotFound and MemberNotFound, together if need be."""
    wanted, standing = await asyncio.gather(
        _unless_unknown(_wanted(wish, catalogue)), _unless_unknown(members.standing(member))
    )
    refuse_if_any(answer for answer in (wanted, standing) if isinstance(answer, NotFound))
    if isinstance(wanted, NotFound) or isinstance(standing, NotFound):
        raise AssertionError("what is unknown was refused")
    return wanted, standing


async def _unless_unknown(question: Awaitable[Answer]) -> Answer | NotFound:
    try:
        return await question
    except NotFound as unknown:
        return unknown


async def _wanted(wish: PlaceHold, catalogue: Catalogue) -> Wanted:
    if wish.book_id is not None:
        book = await catalogue.lendable_book(wish.book_id)
        return Wanted(book.book_id, book.title, book.lendable_copies > 0, item_types=book.item_types)
    copy = await catalogue.lendable_copy(CopyKey(copy_id=wish.copy_id))
    return Wanted(copy.book_id, copy.title, not copy.refusals, copy.copy_id, (copy.item_type,), copy.branch)
