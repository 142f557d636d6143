"""Place a hold."""

from dataclasses import dataclass

from loans_service.application.holds.choose_targets import choose_target
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.placing.ask_all import AskAll, HoldAnswers, NewHold
from loans_service.application.holds.placing.assess_hold import assess_hold, expect_rights, settle_pickup
from loans_service.domain.borrower import CardReplaced, CardStopped, GuardianNotFound, MemberNotFound
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.placing import AGAINST_HOLD
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged, CopyNotFound
from loans_service.domain.lending.override import OverrideForbidden
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuse_if_any, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@refuses(
    BookNotFound,
    BookWasMerged,
    CopyNotFound,
    MemberNotFound,
    CardReplaced,
    CardStopped,
    GuardianNotFound,
    *AGAINST_HOLD,
    OverrideForbidden,
    FourEyes,
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Place a hold.

    - Books says which copies there are to lend and whether there is such a branch to fetch one in, members whether the
      member may place holds; all are asked at once. The pickup branch is kept as books writes it; where none is
      named, it is the member's home branch, if the policy takes such holds there.
    - What the public is not shown is not there for readers and machines; staff place holds for it.
    - Holds for the book, for one of its volumes and for one of its copies wait in one queue, each behind those that
      were there before; for the position, holds for other volumes do not count.
    - Where the copies are of several volumes, one of these is named, or a copy: `volumes` of the refusal says which
      there are. However it is written, 2 is `Vol. 2`.
    - With `any_edition` other editions of the work will do, too. It waits in one queue at a time: for the book that was
      named, or for another one where that has none to lend. As long as it has no copy, it is looked every minute
      whether another edition has one for which nobody waits: then it waits for that, and `book_id` says so.
    - A title that the library has only bound with others is waited for with one copy that holds it: `copy_id` is that,
      `book_id` the book that it is catalogued under, and `bound_book_id` the one that was asked for. It turns to other
      copies of that title when this one goes, or when there is an own one.
    - Whoever nobody comes before gets a `target` at once: the copy that is to be pulled, in the pickup branch if one is
      free there, else where most are. Others get theirs moments later, in their order.
    - Where no copy can be pulled for a `recall`, one is asked back moments later: of the loans whose rule allows that
      (`recall`) the one that then comes back soonest is due earlier. Otherwise it waits like any hold.
    - With `acting_for` a guardian or proxy, by the own card or sign-in, places it for that member.
    - Every refusal is told, not just the first. Staff may override them by naming their codes and a reason; never that
      there is no copy to lend, and never for themselves.
    """

    unit_of_work: LoansWorkFactory
    ask_all: AskAll
    clock: Clock

    async def __call__(self, command: NewHold, receipt: Receipt | None = None) -> HoldView:
        answers = await self.ask_all(command)
        async with self.unit_of_work(receipt, by=command.by) as uow:
            view = await self._place(command, answers, uow)
            await uow.commit(answer=view)
        return view

    async def _place(self, command: NewHold, answers: HoldAnswers, uow: UnitOfWork) -> HoldView:
        item = answers.item
        leaving = await uow.lock(member_id=answers.standing.member_id, book_id=item.book_id)
        standing, now = answers.standing.with_erasure_refusal(leaving=leaving), self.clock.now()
        answers, rules = await settle_pickup(answers, uow)
        expect_rights(command, answers)
        refuse_if_any(await assess_hold(command, answers, standing, rules, uow=uow, clock=self.clock))
        hold = Hold(
            id=new_id(),
            book_id=item.book_id,
            title=item.title,
            wanted_copy_id=item.copy_id,
            member_id=standing.member_id,
            category=standing.category,
            pickup_branch=answers.pickup_branch,
            placed_at=now,
            comment=command.comment,
            kind=command.kind,
            volume=item.volume,
            member_branch=standing.home_branch,
            member_age=standing.age if rules.policy.asks_for_age else None,
            item_type=item.item_type,
            any_edition=item.any_edition,
            bound_book_id=item.bound_book_id,
            placed_by=None if standing.acted_by is None else standing.acted_by.member_id,
            age_band=standing.age_band,
        )
        days = {"not_before": command.not_before, "expires_on": command.expires_on}
        hold.wait_between(**days, calendar=rules.calendar)
        position = (await uow.holds.end_of_queue(item.book_id, volume_key=hold.volume_key)).join(hold)
        uow.holds.add(hold)
        await choose_target(hold, answers.stock, rules.policy, uow=uow, now=now)
        return HoldView.of(hold, now=now, position=position)
