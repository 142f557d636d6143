"""Let a hold wait for something else."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.holds.change_hold import branch_of_hold
from loans_service.application.holds.commands import OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.holds.placing.ask_all import AskAll, HoldAnswers, NewHold
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.holds.show_holds import show_hold
from loans_service.application.neighbours import MemberKey, unless_unknown
from loans_service.application.with_override import WithOverride
from loans_service.domain.borrower import MemberNotFound
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_refusals import HoldNotActive, HoldNotFound, HoldNotWaiting
from loans_service.domain.holds.joined_queues import places_by_date, position_among
from loans_service.domain.holds.placing import AGAINST_MOVING, against_placing
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged, CopyNotFound, LendableCopy
from loans_service.domain.lending.override import OverrideForbidden, apply_override
from loans_service.domain.rights import OVERRIDE, PLACE_HOLDS
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuse_if_any, refuse_if_stale, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(WithOverride):
    """Which hold, and what it waits for from now on: the copy `copy_id`, or any of `book_id`, or of a `volume` of it.

    `by_member` is the member id of who asks.
    """

    hold: OfHold
    book_id: UUID | None = None
    copy_id: UUID | None = None
    volume: str | None = None
    by_member: UUID | None = None


@refuses(
    HoldNotFound,
    HoldNotActive,
    HoldNotWaiting,
    OutOfDate,
    BookNotFound,
    BookWasMerged,
    CopyNotFound,
    MemberNotFound,
    *AGAINST_MOVING,
    OverrideForbidden,
    FourEyes,
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class MoveHold:
    """Let a hold wait for another copy, volume or edition that staff have chosen, without losing its place.

    - In the queue of another title its place is that of the day on which it was placed.
    - What speaks against a hold for that speaks against the move, too; staff may override what they could override
      there. How many holds a member may place is not asked again.
    - A copy that was to be pulled for it is free for others; one that is captured already is to be fetched, or the hold
      cancelled. Which copy is pulled is chosen anew moments later.
    - Nobody of the staff moves a hold of their own.
    - It takes the right to place holds where the hold is fetched. Without a pickup branch that is where its copy is at
      home, and the right is asked for where the new copy is, too.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    ask_all: AskAll
    clock: Clock

    async def __call__(self, command: Move, receipt: Receipt | None = None) -> HoldView:
        while True:
            present = await show_hold(command.hold.hold_id, only_of=None, queries=self.queries)
            answers = await self.ask_all(
                NewHold(
                    MemberKey(member_id=present.member_id),
                    command.book_id,
                    command.copy_id,
                    volume=command.volume,
                    by_staff=True,
                )
            )
            home = await self._home_of(present)
            async with self.unit_of_work(receipt, by=command.hold.by) as uow:
                await uow.lock_books({present.book_id, answers.item.book_id})
                hold = await uow.holds.get(present.hold_id)
                if hold is None:
                    raise HoldNotFound
                if hold.book_id != present.book_id:  # merged meanwhile: another book is to be locked
                    continue
                for branch in await _where_fetched(hold, home, answers.item.branch, uow):
                    authorise(PLACE_HOLDS, branch)
                    if command.override is not None:
                        authorise(OVERRIDE, branch)
                view = await self._move(hold, answers, command, uow)
                await uow.commit(answer=view)
                return view

    async def _home_of(self, present: HoldView) -> str | None:
        """Return where the one copy is at home that a hold without a pickup branch waits for, as far as it is known."""
        if present.pickup_branch is not None or present.copy_id is None:
            return None
        copy = await unless_unknown(self.ask_all.catalogue.lendable_copy(CopyKey(copy_id=present.copy_id)))
        return copy.branch if isinstance(copy, LendableCopy) else None

    async def _move(self, hold: Hold, answers: HoldAnswers, command: Move, uow: UnitOfWork) -> HoldView:
        now, item = self.clock.now(), answers.item
        expect_four_eyes(hold.member_id, by_member=command.by_member)
        refuse_if_stale(command.hold.version, hold.version, thing="hold")
        await self._refuse(hold, answers, command, uow)
        had, order, left = hold.copy_id, hold.queue_order, hold.book_id
        queue = await uow.holds.queued(item.book_id)
        if item.book_id != left:
            order, moved = places_by_date(hold.placed_at, queue)
            if moved:
                await uow.holds.reorder(moved)
        if had is not None:
            hold.lose_copy(now=now)
            await release_copy(had, uow=uow, now=now)
        hold.move(
            answers.stock,
            order=order,
            item_type=item.item_type,
            copy_id=item.copy_id,
            volume=item.volume,
            title=item.title,
            bound_book_id=item.bound_book_id,
        )
        for book_id in {left, item.book_id}:
            uow.retarget_requests.add(book_id, at=now)
        for moment in (hold.starts_at, hold.expires_at, hold.suspended_until):
            if moment is not None:
                uow.retarget_requests.add(item.book_id, at=moment)
        return HoldView.of(hold, now=now, position=position_among(queue, hold))

    async def _refuse(self, hold: Hold, answers: HoldAnswers, command: Move, uow: UnitOfWork) -> None:
        """Raise what speaks against a hold of the member for that, as far as it is not overridden."""
        hold.expect_waiting()
        rules = await uow.rulebook.in_force(branch=hold.pickup_branch or answers.item.branch)
        others = [each for each in await uow.holds.active_of(hold.member_id) if each.id != hold.id]
        found = [
            refusal
            for refusal in against_placing(
                answers.item,
                answers.standing,
                rules.policy,
                pickup_branch=hold.pickup_branch,
                loans=await uow.loans.open_copies_of(hold.member_id),
                holds=others,
            )
            if isinstance(refusal, AGAINST_MOVING)
        ]
        if hold.pickup_branch is not None:
            found += answers.against_sending(rules.policy, to=hold.pickup_branch)
        refuse_if_any(apply_override(found, command.override, by_staff=command.by_staff))


async def _where_fetched(hold: Hold, home: str | None, to: str, uow: UnitOfWork) -> list[str | None]:
    """Return where the hold is fetched, now and when it was moved to a copy of the branch `to`.

    Without a pickup branch that is where its target is at home, or else the copy that it waits for: in `home`. Where no
    copy is known, any branch will do.
    """
    if hold.pickup_branch is not None:
        return [hold.pickup_branch]
    known = {branch for branch in (await branch_of_hold(hold, uow) or home, to) if branch}
    return [*sorted(known)] or [None]
