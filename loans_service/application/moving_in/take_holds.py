"""Import holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from loans_service.application.holds.pass_copy_on import release_copy
from loans_service.application.moving_in.lookups import Lookups, RulesOfBatch, both, expect_staying
from loans_service.application.moving_in.take_in import RecordOutcome, Taken, What
from loans_service.application.neighbours import BookKey, MemberKey
from loans_service.domain.borrower import Standing
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold, HoldKind
from loans_service.domain.holds.hold_queue import insert_by_date
from loans_service.domain.holds.hold_shelf import shelf_until
from loans_service.domain.holds.placing import (
    AlreadyHeldByMember,
    LoanOfBook,
    RequestedItem,
    UnknownVolume,
    against_placing,
)
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.moving_in.former_hold import (
    differing,
    expect_days,
    follow,
    is_same,
    is_to_be_captured,
    suspend_as_before,
)
from loans_service.domain.moving_in.former_records import (
    CopyNotFree,
    CopyOfOtherBook,
    FormerHold,
    RecordDiffers,
    RecordEnded,
    beginning,
    end,
    not_after,
)
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, refuse_if_any
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """The item, the member, the pickup branch, and the captured copy of a hold."""

    item: RequestedItem
    standing: Standing
    pickup: str | None
    captured: LendableCopy | None


@dataclass(frozen=True, slots=True)
class FormerHolds:
    """Implements `take_in.Kind` for holds.

    A hold takes its place in the queue by its date; older holds stay before it. A captured copy lies on the hold shelf
    or is in transit to it; for other holds the worker chooses a target, or recalls a loan. A member who already waits
    for the item gets no second hold: the existing one takes over the pickup branch and the captured copy from the
    record; other differences are reported.
    """

    lookups: Lookups
    clock: Clock
    what = What.HOLDS

    async def ask(self, former: FormerHold) -> HoldAnswer:
        item, standing = await both(
            self._item(former), self.lookups.members.standing(MemberKey(card_number=former.card_number))
        )
        pickup, captured = await self._pickup(former), await self._captured(former)
        if captured is not None and (captured.book_id != item.book_id or not item.takes(captured)):
            raise CopyOfOtherBook
        return HoldAnswer(item, standing, pickup, captured)

    async def _item(self, former: FormerHold) -> RequestedItem:
        if former.barcode is None:
            key = BookKey(former.isbn, former.book_id, former.book, former.volume)
            item = await self.lookups.titles.requested_item(key)
            refuse_if_any(each for each in item.refusals() if isinstance(each, UnknownVolume))
            return item
        copy = await self.lookups.catalogue.lendable_copy(CopyKey(barcode=former.barcode))
        return RequestedItem(copy.book_id, copy.title, copy.is_holdable, copy.copy_id, (copy.item_type,), copy.branch)

    async def _pickup(self, former: FormerHold) -> str | None:
        return None if former.pickup_branch is None else await self.lookups.catalogue.branch(former.pickup_branch)

    async def _captured(self, former: FormerHold) -> LendableCopy | None:
        if former.status == "waiting" or former.copy_barcode is None:
            return None
        return await self.lookups.catalogue.lendable_copy(CopyKey(barcode=former.copy_barcode))

    async def open(self, uow: UnitOfWork, answers: Sequence[HoldAnswer]) -> "_Work":
        member_ids = {answer.standing.member_id for answer in answers}
        book_ids = {answer.item.book_id for answer in answers}
        captured = {
            answer.captured.copy_id: answer.captured.as_circulating()
            for answer in answers
            if answer.captured is not None
        }
        leaving = await uow.former.lock(member_ids=member_ids, book_ids=book_ids)
        policy = await uow.rulebook.policy((await uow.rulebook.policy_in_force()).version)
        work = _Work(uow, self.clock, policy, leaving)
        work.out = frozenset(await uow.former.open_loans_of(captured.keys()))
        work.away = await uow.former.away(captured.values(), now=self.clock.now())
        work.lent = await uow.former.lent_to(member_ids)
        for hold in await uow.former.active_holds(book_ids=book_ids, member_ids=member_ids):
            work.note(hold)
        return work


class _Work:
    """Implements `take_in.Work`."""

    out: frozenset[UUID]
    away: Mapping[UUID, CirculationRecord]
    lent: Mapping[UUID, Sequence[LoanOfBook]]

    def __init__(self, uow: UnitOfWork, clock: Clock, policy: Policy, leaving: frozenset[UUID]) -> None:
        self._uow = uow
        self._now = clock.now()
        self._policy = policy
        self._leaving = leaving
        self._rules = RulesOfBatch(uow)
        self._of_book: dict[UUID, list[Hold]] = {}
        self._of_member: dict[UUID, list[Hold]] = {}

    def note(self, hold: Hold) -> None:
        """Remember an active hold."""
        self._of_book.setdefault(hold.book_id, []).append(hold)
        self._of_member.setdefault(hold.member_id, []).append(hold)

    async def take(self, former: FormerHold, answer: HoldAnswer, *, thing_id: UUID | None) -> Taken:
        expect_staying(answer.standing, self._leaving)
        present = self._same(answer)
        if thing_id is not None and (present is None or present.id != thing_id):
            return Taken(RecordOutcome.SKIPPED, thing_id, (await self._elsewhere(thing_id, former, answer),))
        branch = answer.pickup or (answer.captured.branch if answer.captured else answer.item.branch)
        calendar = (await self._rules.at(branch)).calendar
        expect_days(former, calendar=calendar, now=self._now)
        if present is not None:
            return await self._follow(present, former, answer, calendar)
        placed_at = not_after(beginning(former.placed_at, calendar.zone), self._now, field="placed_at")
        record = self._free(answer.captured, for_hold=None)
        remarks = self._remarks(answer)
        hold = Hold(
            id=new_id(),
            book_id=answer.item.book_id,
            title=answer.item.title,
            wanted_copy_id=answer.item.copy_id,
            member_id=answer.standing.member_id,
            category=answer.standing.category,
            pickup_branch=answer.pickup,
            placed_at=placed_at,
            comment=former.comment,
            kind=former.kind or HoldKind.HOLD,
            volume=answer.item.volume,
            member_branch=answer.standing.home_branch,
            member_age=answer.standing.age if self._policy.asks_for_age else None,
            item_type=answer.item.item_type,
        )
        hold.wait_between(former.not_before, former.expires_on, calendar=calendar)
        insert_by_date(hold, self._of_book.get(hold.book_id, ()))
        suspend_as_before(hold, former, calendar=calendar, now=self._now)
        if record is not None:
            await self._keep(record, hold, former, calendar)
        else:
            self._request_retarget(hold)
        self._uow.holds.add(hold)
        self.note(hold)
        return Taken(RecordOutcome.CREATED, hold.id, tuple(remarks))

    def _same(self, answer: HoldAnswer) -> Hold | None:
        """Return the hold that the member already has for this item."""
        member_id = answer.standing.member_id
        of_member = self._of_member.get(member_id, ())
        return next((hold for hold in of_member if is_same(hold, answer.item, member_id=member_id)), None)

    async def _follow(self, hold: Hold, former: FormerHold, answer: HoldAnswer, calendar: Calendar) -> Taken:
        before, pickup, captured = hold.version, answer.pickup, answer.captured
        copy = None if captured is None else self.away[captured.copy_id]
        record = self._free(captured, for_hold=hold) if is_to_be_captured(hold, former, copy) else None
        follow(hold, former, pickup=pickup, calendar=calendar, now=self._now)
        if record is not None:
            target = hold.copy_id
            await self._keep(record, hold, former, calendar)
            if target is not None and target != record.copy.copy_id:
                await release_copy(target, uow=self._uow, now=self._now)
        elif hold.version != before:
            if hold.copy_id is not None and hold.has_target and not hold.can_be_served(self._now):
                target = hold.copy_id
                hold.lose_copy(now=self._now)
                await release_copy(target, uow=self._uow, now=self._now)
            self._request_retarget(hold)
        copy_id = None if copy is None else copy.copy.copy_id
        differs = differing(hold, former, pickup=pickup, captured=copy_id, calendar=calendar, now=self._now)
        return Taken(RecordOutcome.SKIPPED if hold.version == before else RecordOutcome.UPDATED, hold.id, differs)

    async def _elsewhere(self, hold_id: UUID, former: FormerHold, answer: HoldAnswer) -> LibraryError:
        """Return the refusal to report if a record now means another hold than the one made from it."""
        hold = await self._uow.holds.get(hold_id)
        if hold is None or not hold.is_active:
            return RecordEnded()
        is_theirs = hold.member_id == answer.standing.member_id
        return RecordDiffers((former.named_by if is_theirs else "card_number",))

    def _free(self, captured: LendableCopy | None, *, for_hold: Hold | None) -> CirculationRecord | None:
        """Return the circulation record of the captured copy. Raises CopyNotFree."""
        if captured is None:
            return None
        record = self.away[captured.copy_id]
        is_its_own = for_hold is not None and record.hold_id == for_hold.id
        if captured.copy_id in self.out or (record.is_captured and not is_its_own):
            raise CopyNotFree
        return record

    async def _keep(self, record: CirculationRecord, hold: Hold, former: FormerHold, calendar: Calendar) -> None:
        """Capture the copy for the hold, on the hold shelf or in transit; a hold that it was to fill waits again."""
        until = None
        if former.status == "ready":
            branch = hold.pickup_branch or record.copy.home_branch
            days = self._policy.shelf_days(record.copy.item_type, branch=branch)
            open_until = shelf_until(self._now, days=days, calendar=calendar)
            until = open_until if former.pickup_until is None else end(former.pickup_until, calendar)
        if record.hold_id is not None and not record.is_captured:
            for other in await self._uow.holds.of_ids([record.hold_id]):
                other.lose_copy(now=self._now)
            self._uow.retarget_requests.add(record.copy.book_id, at=self._now)
        record.keep_for(hold, until=until, now=self._now)

    def _request_retarget(self, hold: Hold) -> None:
        """Let the worker choose targets now, and when the hold begins, ends or is resumed."""
        for moment in (self._now, hold.starts_at, hold.expires_at, hold.suspended_until):
            if moment is not None:
                self._uow.retarget_requests.add(hold.book_id, at=moment)

    def _remarks(self, answer: HoldAnswer) -> list[LibraryError]:
        """Return the limits that the hold exceeds."""
        member_id = answer.standing.member_id
        found = against_placing(
            answer.item,
            replace(answer.standing, against_hold=()),
            self._policy,
            loans=self.lent.get(member_id, ()),
            holds=self._of_member.get(member_id, ()),
        )
        return [each for each in found if not isinstance(each, AlreadyHeldByMember)]
