"""Let a member wait for a book."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar
from uuid import UUID

from loans_service.application.holds.choose_targets import choose_target
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.neighbours import Catalogue, CopyKey, MemberDirectory, MemberKey, Stock
from loans_service.application.overriding import Overriding
from loans_service.application.ports import SYSTEM, OpensWork, UnitOfWork
from loans_service.domain.borrower import Standing
from loans_service.domain.holds.hold import Hold, HoldKind
from loans_service.domain.holds.placing import MemberNotNamed, Wanted, against_days, against_placing
from loans_service.domain.lendable_copy import StockOfBook, UnknownBranch
from loans_service.domain.lending.override import apply_override
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NotFound, refuse_if_any, together
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Place(Overriding):
    """A hold on any copy of `book_id`, or for the copy of `copy_id` alone: exactly one of the two.

    `member` is None when nobody is named and nobody asks for oneself. `pickup_branch` defaults to where the copy is at
    home. The member waits from the beginning of `not_before` until the end of `expires_on`, if given.
    """

    member: MemberKey | None
    book_id: UUID | None = None
    copy_id: UUID | None = None
    pickup_branch: str | None = None
    expires_on: date | None = None
    not_before: date | None = None
    comment: str | None = None
    kind: Literal["hold", "recall"] = "hold"
    by: str = SYSTEM


@dataclass(frozen=True, slots=True)
class HoldAnswers:
    """What the neighbours said: what is wanted, and which copies there are; who wants it; where it is fetched."""

    wanted: Wanted
    stock: StockOfBook
    standing: Standing
    pickup: str | UnknownBranch | None

    @property
    def pickup_branch(self) -> str | None:
        """Where the copy is fetched, as the library writes it."""
        return self.pickup if isinstance(self.pickup, str) else None


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Place a hold.

    - Books says which copies there are to lend and whether there is such a branch to fetch one in, members whether the
      member may place holds; all are asked at once. The pickup branch is kept as books writes it.
    - Holds for the book and for one of its copies wait in one queue, each behind those that were there before.
    - Whoever nobody comes before gets a `target` at once: the copy that is to be pulled, in the pickup branch if one is
      free there, else where most are. Others get theirs moments later, in their order.
    - Where no copy can be pulled for a `recall`, one is asked back moments later: of the loans whose rule allows that
      (`recall`) the one that then comes back soonest is due earlier. Otherwise it waits like any hold.
    - Every refusal is told, not just the first. Staff may override them by naming their codes and a reason; never that
      there is no copy to lend.
    """

    unit_of_work: OpensWork
    catalogue: Catalogue
    stock: Stock
    members: MemberDirectory
    clock: Clock

    async def __call__(self, command: Place, receipt: Receipt | None = None) -> HoldView:
        if command.member is None:
            raise MemberNotNamed
        answers = await self._ask_all(command, command.member)
        async with self.unit_of_work(receipt, by=command.by) as uow:
            view = await self._place(command, answers, uow)
            await uow.commit(answer=view)
        return view

    async def _place(self, command: Place, answers: HoldAnswers, uow: UnitOfWork) -> HoldView:
        wanted = answers.wanted
        leaving = await uow.lock(member_id=answers.standing.member_id, book_id=wanted.book_id)
        standing, now = answers.standing.with_erasure_refusal(leaving=leaving), self.clock.now()
        rules = await uow.rulebook.in_force(branch=answers.pickup_branch or wanted.branch)
        refusals = against_placing(
            wanted,
            standing,
            rules.policy,
            loans=await uow.loans.open_copies_of(standing.member_id),
            holds=await uow.holds.active_of(standing.member_id),
        )
        days = {"not_before": command.not_before, "expires_on": command.expires_on}
        found = [*refusals, *against_days(**days, today=rules.calendar.day_of(now))]
        found += [answers.pickup] if isinstance(answers.pickup, UnknownBranch) else ()
        refuse_if_any(apply_override(found, command.override, by_staff=command.by_staff))
        hold = Hold(
            id=new_id(),
            book_id=wanted.book_id,
            title=wanted.title,
            wanted_copy_id=wanted.copy_id,
            member_id=standing.member_id,
            category=standing.category,
            pickup_branch=answers.pickup_branch,
            placed_at=now,
            comment=command.comment,
            kind=HoldKind(command.kind),
        )
        hold.wait_between(**days, calendar=rules.calendar)
        position = (await uow.holds.end_of_queue(wanted.book_id)).join(hold)
        uow.holds.add(hold)
        await choose_target(hold, answers.stock, rules.policy, uow=uow, now=now)
        return HoldView.of(hold, position=position)

    async def _ask_all(self, command: Place, member: MemberKey) -> HoldAnswers:
        """Return all answers. Raises BookNotFound, CopyNotFound, MemberNotFound, with whatever else is unknown."""
        wanted, standing, pickup = await asyncio.gather(
            _unless_unknown(self._wanted(command)),
            _unless_unknown(self.members.standing(member)),
            _unless_unknown(self._pickup(command)),
        )
        if isinstance(wanted, LibraryError) or isinstance(standing, LibraryError):
            raise together(answer for answer in (wanted, standing, pickup) if isinstance(answer, LibraryError))
        if isinstance(pickup, NotFound):
            raise pickup
        return HoldAnswers(wanted[0], wanted[1], standing, pickup)

    async def _wanted(self, command: Place) -> tuple[Wanted, StockOfBook]:
        if command.book_id is not None:
            stock = await self.stock.copies_of(command.book_id)
            return Wanted(stock.book_id, stock.title, stock.holdable > 0, item_types=stock.item_types), stock
        copy = await self.catalogue.lendable_copy(CopyKey(copy_id=command.copy_id))
        stock = await self.stock.copies_of(copy.book_id)
        wanted = Wanted(copy.book_id, copy.title, copy.is_holdable, copy.copy_id, (copy.item_type,), copy.branch)
        return wanted, stock

    async def _pickup(self, command: Place) -> str | None:
        return None if command.pickup_branch is None else await self.catalogue.branch(command.pickup_branch)


async def _unless_unknown(question: Awaitable[Answer]) -> Answer | NotFound | UnknownBranch:
    try:
        return await question
    except (NotFound, UnknownBranch) as unknown:
        return unknown
