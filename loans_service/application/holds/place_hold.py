"""Let a member wait for a book."""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from loans_service.application.holds.hold_views import HoldView
from loans_service.application.neighbours import Catalogue, CopyKey, MemberDirectory, MemberKey
from loans_service.application.ports import UnitOfWork
from loans_service.domain.borrower import Standing
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.placing import InvalidHoldExpiry, MemberNotNamed, Wanted, against_placing
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.rules.calendar import Calendar
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NotFound, refuse_if_any, together
from shared.kernel.ids import new_id

Answer = TypeVar("Answer")
Pickup = str | None | NotFound | UnknownBranch


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """A hold on any copy of `book_id`, or for the copy of `copy_id` alone: exactly one of the two.

    `member` is None when nobody is named and nobody asks for oneself. `pickup_branch` defaults to where the copy is at
    home. The member waits until the end of `expires_on`, if given.
    """

    member: MemberKey | None
    book_id: UUID | None = None
    copy_id: UUID | None = None
    pickup_branch: str | None = None
    expires_on: date | None = None


async def place_hold(
    command: PlaceHold, *, uow: UnitOfWork, catalogue: Catalogue, members: MemberDirectory, clock: Clock
) -> HoldView:
    """Place a hold.

    - Books says whether there is a copy to lend and a branch to fetch it in, members whether the member may place
      holds; all are asked at once. The pickup branch is kept as books writes it.
    - Holds for the book and for one of its copies wait in one queue, each behind those that were there before.
    - Every refusal is told, not just the first.
    """
    if command.member is None:
        raise MemberNotNamed
    wanted, standing, pickup = await _ask_all(command, command.member, catalogue, members)
    pickup_branch = pickup if isinstance(pickup, str) else None
    async with uow:
        leaving = await uow.lock(member_id=standing.member_id, book_id=wanted.book_id)
        standing = standing.with_erasure_refusal(leaving=leaving)
        rules = await uow.rulebook.in_force(branch=pickup_branch or wanted.branch)
        now = clock.now()
        loans = await uow.loans.open_copies_of(standing.member_id)
        holds = await uow.holds.active_of(standing.member_id)
        refusals = against_placing(wanted, standing, rules.policy, loans=loans, holds=holds)
        refuse_if_any([*refusals, *_refusals(command, pickup, rules.calendar, now=now)])
        hold = Hold(
            id=new_id(),
            book_id=wanted.book_id,
            title=wanted.title,
            wanted_copy_id=wanted.copy_id,
            member_id=standing.member_id,
            category=standing.category,
            pickup_branch=pickup_branch,
            placed_at=now,
            expires_on=command.expires_on,
            expires_at=None if command.expires_on is None else rules.calendar.end_of_day(command.expires_on),
        )
        position = (await uow.holds.end_of_queue(wanted.book_id)).join(hold)
        uow.holds.add(hold)
        view = HoldView.of(hold, position=position)
        await uow.commit(answer=view)
    return view


def _refusals(command: PlaceHold, pickup: Pickup, calendar: Calendar, *, now: datetime) -> Iterator[LibraryError]:
    if isinstance(pickup, UnknownBranch):
        yield pickup
    if command.expires_on is not None and command.expires_on < calendar.day_of(now):
        yield InvalidHoldExpiry()


async def _ask_all(
    command: PlaceHold, member: MemberKey, catalogue: Catalogue, members: MemberDirectory
) -> tuple[Wanted, Standing, Pickup]:
    """Return all answers. Raises BookNotFound, CopyNotFound and MemberNotFound, with whatever else is unknown."""
    wanted, standing, pickup = await asyncio.gather(
        _unless_unknown(_wanted(command, catalogue)),
        _unless_unknown(members.standing(member)),
        _unless_unknown(_pickup(command, catalogue)),
    )
    if isinstance(wanted, LibraryError) or isinstance(standing, LibraryError):
        raise together(answer for answer in (wanted, standing, pickup) if isinstance(answer, LibraryError))
    return wanted, standing, pickup


async def _unless_unknown(question: Awaitable[Answer]) -> Answer | NotFound | UnknownBranch:
    try:
        return await question
    except (NotFound, UnknownBranch) as unknown:
        return unknown


async def _wanted(command: PlaceHold, catalogue: Catalogue) -> Wanted:
    if command.book_id is not None:
        book = await catalogue.lendable_book(command.book_id)
        return Wanted(book.book_id, book.title, book.lendable_copies > 0, item_types=book.item_types)
    copy = await catalogue.lendable_copy(CopyKey(copy_id=command.copy_id))
    return Wanted(copy.book_id, copy.title, not copy.refusals, copy.copy_id, (copy.item_type,), copy.branch)


async def _pickup(command: PlaceHold, catalogue: Catalogue) -> str | None:
    return None if command.pickup_branch is None else await catalogue.branch(command.pickup_branch)
