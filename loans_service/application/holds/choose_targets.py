"""Choose the targets of waiting holds: the copies to be pulled for them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loans_service.application.holds.bound_titles import TurnBack, TurnToBound
from loans_service.application.holds.join_queues import join_queues, lock_with_bound
from loans_service.application.holds.pass_copy_on import release_copy, retarget_if_not_pulled
from loans_service.application.holds.recall_loans import recall_loans
from loans_service.application.holds.try_editions import TryEditions
from loans_service.application.neighbours import Stock
from loans_service.domain.holds.allocation import HoldAllocation, lends_by
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold, HoldKind, HoldStatus
from loans_service.domain.holds.hold_shelf import shelf_until
from loans_service.domain.holds.placing import NoLendableCopy
from loans_service.domain.lendable_copy import BookNotFound, StockOfBook
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.holds.retarget_requests import RetargetQueue, RetargetRequest
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable

_BOOKS_AT_ONCE = 50
_ENDED_AT_ONCE = 100
_AGAIN_AFTER = timedelta(minutes=1)


async def choose_target(hold: Hold, stock: StockOfBook, policy: Policy, *, uow: UnitOfWork, now: datetime) -> None:
    """Give a new hold its target, unless older holds wait for one, too: then the book is retargeted."""
    for moment in (hold.starts_at, hold.expires_at):
        if moment is not None:
            uow.retarget_requests.add(hold.book_id, at=moment)
    if hold.kind is HoldKind.RECALL or hold.any_edition:  # a loan is recalled, or another edition looked for
        uow.retarget_requests.add(hold.book_id, at=now)
    if not stock.copies:
        return
    await uow.volumes.note(stock.copies, locations=policy.asks_for_location)
    if await uow.holds.anybody_unserved(hold.book_id, now=now):
        uow.retarget_requests.add(hold.book_id, at=now)
        return
    records = await uow.copies.of_book(hold.book_id, stock.copies, now=now)
    lendable = {copy.copy_id for copy in stock.copies}
    local_first = policy.holds.local_first
    allocation = HoldAllocation(
        records,
        lendable=lendable,
        lends=lends_by(policy, now=now),
        local_first=local_first,
        transport=policy.holds.transport,
        now=now,
    )
    if allocation.serve(hold):
        retarget_if_not_pulled(hold, policy, uow)
    elif local_first:  # a target of somebody else may be theirs
        uow.retarget_requests.add(hold.book_id, at=now)


class BookMergePending(Exception):
    """Books no longer has the book, and its copies have not been reported as moved yet: it was merged."""


ReportFailure = Callable[[UUID, Exception], None]
"""Logs which record something could not be done with, and why."""


@dataclass(frozen=True, slots=True)
class ChooseTargets:
    """Work off the queue of books to be retargeted.

    - Each book is retargeted in its own transaction, after books was asked which of its copies may be lent. Any number
      of processes may do so at once. While books does not answer, the requests wait.
    - Targets that are no longer wanted or lent are withdrawn, and so are captured copies that turn out to be of another
      volume than their hold is for. Then waiting holds are served in order: with a free copy,
      else with the target of a hold behind them. A target that was not pulled for `retarget_after_open_days` moves to
      another branch that has a copy.
    - For each recall that still has no target a loan is shortened, if its rule allows that.
    - Holds are cancelled if no copy will ever be lent again, and holds for one copy or volume if that will not. Holds
      for a lost copy keep their place until it turns up or is withdrawn, unless the policy ends them. So do those for a
      volume of which no copy is known any more: it may only be labelled otherwise.
    - If books no longer has a book whose copies were last reported as present, it was merged: its holds wait for the
      event of the merge.
    - Holds for any edition that no copy of their book serves are served by another edition: see `TryEditions`.
    - Holds for a book that no longer has a copy of its own to lend wait for a copy in which it is bound with another,
      and turn back when it has one again, or when that copy goes or holds it no longer.
    - Loans and holds that still came in for a merged book, because books was asked before, move to the remaining book.
    """

    unit_of_work: LoansWorkFactory
    requests: RetargetQueue
    stock: Stock
    clock: Clock
    report_failure: ReportFailure

    async def __call__(self) -> int:
        """Return how many books were retargeted."""
        done = 0
        for request in await self.requests.due(now=self.clock.now(), most=_BOOKS_AT_ONCE):
            try:
                await self.retarget(request)
            except NeighbourUnavailable:
                break
            except BookMergePending:
                await self.requests.postpone(request, until=self.clock.now() + _AGAIN_AFTER)
            except Exception as error:  # noqa: BLE001 - one bad record must not stop the rest
                self.report_failure(request.book_id, error)
                await self.requests.postpone(request, until=self.clock.now() + _AGAIN_AFTER)
            else:
                done += 1
        return done

    async def retarget(self, request: RetargetRequest) -> None:
        """Choose targets for the holds of one book. Raises NeighbourUnavailable and BookMergePending."""
        if request.of_bound:
            await TurnBack(self.unit_of_work, self.stock, self.clock)(request.book_id)
        stock = await self._stock_of(request.book_id)
        if stock is None and await self._follow(request.book_id):
            return
        editions = TryEditions(self.unit_of_work, self.stock, self.clock)
        if stock is not None and stock.holdable == 0 and stock.editions:
            await self._free_captured(stock)
            await editions.leave(stock)
        if stock is not None and stock.bound:
            await self._free_captured(stock)
            await TurnToBound(self.unit_of_work, self.clock)(stock)
        async with self.unit_of_work() as uow:
            await uow.lock(book_id=request.book_id)
            now = self.clock.now()
            if stock is None and await uow.copies.has_copies(request.book_id):
                raise BookMergePending
            if stock is None or (stock.holdable == 0 and not await _waits_for_lost(request.book_id, uow)):
                more = await _end_all(request.book_id, uow=uow, now=now)
            else:
                more = await _serve_all(stock, uow=uow, now=now)
            if not more:
                await uow.retarget_requests.done(request.book_id, up_to=request.up_to, as_of=request.as_of)
            again = stock is not None and await editions.look_again(stock, uow=uow, now=now)
            await uow.commit()
        if stock is not None and again:
            await editions.serve(stock)

    async def _free_captured(self, book: StockOfBook) -> None:
        """Let holds whose captured copy is lent no more wait again, so that those for any edition can move."""
        async with self.unit_of_work() as uow:
            await uow.lock(book_id=book.book_id)
            now = self.clock.now()
            records = await uow.copies.of_book(book.book_id, (), now=now)
            await _free_what_does_not_serve(records, (), uow=uow, now=now)
            await uow.commit()

    async def _follow(self, book_id: UUID) -> bool:
        """Move all records of a merged book, including its retarget requests, to the remaining book."""
        async with self.unit_of_work() as uow:
            into = await uow.corrections.book_that_stays(book_id)
            if into == book_id:
                return False
            locked = await lock_with_bound(book_id, into, uow=uow)
            if locked and await uow.corrections.book_that_stays(book_id) == into:  # else the next time
                await join_queues(book_id, into=into, uow=uow, now=self.clock.now())
                await uow.commit()
        return True

    async def _stock_of(self, book_id: UUID) -> StockOfBook | None:
        try:
            return await self.stock.copies_of(book_id)
        except BookNotFound:
            return None


async def _waits_for_lost(book_id: UUID, uow: UnitOfWork) -> bool:
    """Return whether holds for a book without copies to lend keep their place, because one of them may turn up."""
    policy = (await uow.rulebook.in_force(branch="")).policy
    return policy.holds.keep_when_lost and await uow.copies.any_lost(book_id)


async def _end_all(book_id: UUID, *, uow: UnitOfWork, now: datetime) -> bool:
    """Cancel the holds of a book that is no longer lent, captured copies included; return whether more are left.

    Those for titles that are bound with it are left, and turn back first.
    """
    records = await uow.copies.of_book(book_id, (), now=now)
    freed = await _free_what_does_not_serve(records, (), uow=uow, now=now)
    for hold in freed:
        if hold.bound_book_id is None:
            hold.cancel(now=now, reason=NoLendableCopy.code)
    for hold in (holds := await uow.holds.waiting(book_id, most=_ENDED_AT_ONCE)):
        copy_id = hold.copy_id
        hold.cancel(now=now, reason=NoLendableCopy.code)
        if copy_id is not None:
            await release_copy(copy_id, uow=uow, now=now)
    return len(holds) == _ENDED_AT_ONCE or _any_bound(freed)


def _any_bound(freed: Iterable[Hold]) -> bool:
    """Return whether holds that lost their captured copy may turn back to their own titles."""
    return any(hold.bound_book_id is not None for hold in freed)


async def _end_in_vain(stock: StockOfBook, *, uow: UnitOfWork, now: datetime) -> bool:
    """Cancel the holds for single copies and volumes that are no longer lent; return whether more are left."""
    lent = [volume.key for volume in stock.volumes]
    holds = await uow.holds.in_vain(stock.book_id, most=_ENDED_AT_ONCE)
    volumes_gone = await uow.holds.for_gone_volumes(stock.book_id, lent=lent, most=_ENDED_AT_ONCE)
    for hold in (*holds, *volumes_gone):
        if hold.status is HoldStatus.WAITING:  # a copy that is already captured may still be fetched
            hold.cancel(now=now, reason=NoLendableCopy.code)
    return _ENDED_AT_ONCE in {len(holds), len(volumes_gone)}


async def _serve_all(stock: StockOfBook, *, uow: UnitOfWork, now: datetime) -> bool:
    """Serve the waiting holds in order; return whether the book is to be retargeted once more."""
    book_id, lendable = stock.book_id, {copy.copy_id for copy in stock.copies}
    policy = (await uow.rulebook.in_force(branch="")).policy
    await uow.volumes.note(stock.copies, locations=policy.asks_for_location)
    records = await uow.copies.of_book(book_id, stock.copies, now=now)
    targeted = {hold.copy_id: hold for hold in await uow.holds.targeted(book_id) if hold.copy_id is not None}
    if not stock.complete:
        lendable |= targeted.keys() | {record.copy.copy_id for record in records if record.is_captured}
    waiting_again = await _free_what_does_not_serve(records, lendable, uow=uow, now=now)
    more = await _end_in_vain(stock, uow=uow, now=now) or _any_bound(waiting_again)
    allocation = HoldAllocation(
        records,
        targeted,
        lendable=lendable,
        lends=lends_by(policy, now=now),
        with_own_holds=await uow.holds.with_own_holds(book_id, now=now),
        local_first=policy.holds.local_first,
        transport=policy.holds.transport,
        now=now,
    )
    late = [hold for hold in targeted.values() if await _was_not_pulled(hold, policy, uow=uow, now=now)]
    allocation.review(waiting_again=waiting_again, late=late)
    behind = -1
    while allocation.can_serve_behind(behind) and (holds := await uow.holds.unserved(book_id, behind=behind, now=now)):
        allocation.serve_in_turn(holds)
        behind = holds[-1].queue_order
    changes = allocation.settle()
    if changes.late:
        uow.retarget_requests.add(book_id, at=now + timedelta(days=1))
    for hold in changes.served:
        retarget_if_not_pulled(hold, policy, uow)
    await recall_loans(stock, policy, uow=uow, now=now)
    return more


async def _free_what_does_not_serve(
    records: Sequence[CirculationRecord], lendable: Collection[UUID], *, uow: UnitOfWork, now: datetime
) -> list[Hold]:
    """Release captured copies that books no longer lends, or says to be of another volume than their hold is for.

    Return the holds that wait again.
    """
    captured = {record.hold_id: record for record in records if record.is_captured and record.hold_id is not None}
    holds = {hold.id: hold for hold in await uow.holds.of_ids(list(captured))} if captured else {}
    freed: list[Hold] = []
    for hold_id, record in captured.items():
        hold = holds.get(hold_id)
        is_of_volume = hold is None or hold.volume_key in (None, record.copy.volume_key)
        if record.copy.copy_id in lendable and is_of_volume:
            continue
        if hold is not None:
            hold.lose_copy(now=now)
            freed.append(hold)
        record.release(None, shelf_until=now, now=now)
    return freed


async def _was_not_pulled(hold: Hold, policy: Policy, *, uow: UnitOfWork, now: datetime) -> bool:
    """Return whether the target should have been pulled by now, counted in open days of its branch."""
    days = policy.retarget_after_open_days
    if hold.target_since is None or now < hold.target_since + timedelta(days=days):
        return False
    calendar = (await uow.rulebook.in_force(branch=hold.target_branch or "")).calendar
    return shelf_until(hold.target_since, days=days - 1, calendar=calendar) < now
