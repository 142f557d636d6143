"""A library's records in memory, and transactions on them: quick, and strict about what a change must come with."""

import asyncio
from copy import copy as copied
from datetime import datetime
from types import TracebackType
from typing import Generic, Self, TypeVar
from uuid import UUID

from loans_service.application.consistency_views import CopyState
from loans_service.application.hold_views import (
    CopyAwayView,
    HoldFilter,
    HoldView,
    QueuePlace,
    QueueView,
    WantedView,
    version_of,
)
from loans_service.application.house_rules import Circumstances, HouseRules
from loans_service.application.neighbours import CopyKey
from loans_service.application.views import CalendarView, Ending, HistoryEntry, LoanFilter, LoanView, PolicyTableView
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import AvailabilityChanged, CirculatingCopy
from loans_service.domain.farewell import BorrowerCleared, Ties
from loans_service.domain.fine import Fine, FineEvent
from loans_service.domain.hold import Hold, HoldEvent
from loans_service.domain.hold_queue import Claim, HoldQueue
from loans_service.domain.loan import Loan, LoanEvent
from loans_service.domain.money import Money
from loans_service.domain.policy import Policy
from loans_service.domain.whereabouts import Place, Whereabouts
from tests.loans.makers import ALWAYS_OPEN, NOW, POLICY

Told = LoanEvent | HoldEvent | AvailabilityChanged | FineEvent | BorrowerCleared
Thing = TypeVar("Thing", Loan, Hold, Fine)


class Memory:
    """What a library has on record, and all that was told. Each transaction works on copies of its own."""

    def __init__(self) -> None:
        self.loans: dict[UUID, Loan] = {}
        self.holds: dict[UUID, Hold] = {}
        self.away: dict[UUID, Whereabouts] = {}
        self.fines: dict[UUID, Fine] = {}
        self.told: list[Told] = []
        self.leaving: dict[UUID, UUID | None] = {}
        self.latest_news: dict[UUID, int] = {}
        self.cleared: list[UUID] = []
        self.heard: set[tuple[str, str]] = set()
        self.rules = HouseRules(POLICY, ALWAYS_OPEN)
        self.one_at_a_time = asyncio.Lock()

    def keep(self, loan: Loan) -> Loan:
        """Put a loan on record that was made before the test begins."""
        loan.take_events()
        self.loans[loan.id] = loan
        return loan


class _Seen(Generic[Thing]):
    """What one transaction has loaded or added, and how it was before."""

    def __init__(self, kept: dict[UUID, Thing]) -> None:
        self._kept: dict[UUID, Thing] = kept
        self._seen: dict[UUID, Thing] = {}

    def add(self, thing: Thing) -> None:
        self._seen[thing.id] = thing

    def load(self, thing_id: UUID) -> Thing | None:
        if thing_id not in self._seen and thing_id in self._kept:
            self._seen[thing_id] = copied(self._kept[thing_id])
            self._seen[thing_id]._events = []
        return self._seen.get(thing_id)

    def all(self) -> list[Thing]:
        return [found for thing_id in {*self._kept, *self._seen} if (found := self.load(thing_id)) is not None]

    def keep(self) -> list[Thing]:
        """Write back what changed. Whatever changes has a new version, or nobody would notice."""
        for thing_id, thing in self._seen.items():
            before = self._kept.get(thing_id)
            assert before is None or (_facts(before) == _facts(thing)) == (before.version == thing.version)
            self._kept[thing_id] = thing
        return list(self._seen.values())


def _facts(thing: Loan | Hold | Fine) -> dict[str, object]:
    return {name: fact for name, fact in vars(thing).items() if name not in {"_events", "version"}}


class FakeLoans:
    """All loans on record."""

    def __init__(self, memory: Memory) -> None:
        self.seen: _Seen[Loan] = _Seen(memory.loans)
        self.add = self.seen.add

    def _open(self) -> list[Loan]:
        return [loan for loan in self.seen.all() if loan.is_open]

    def bearing(self, *, copy_id: UUID, member_id: UUID) -> tuple[OpenLoan, ...]:
        return tuple(
            OpenLoan(loan.copy.copy_id, loan.member_id, loan.due_at, loan.copy.item_type)
            for loan in self._open()
            if loan.copy.copy_id == copy_id or (loan.member_id == member_id and loan.claimed_at is None)
        )

    async def open_copies_of(self, member_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
        mine = [loan.copy for loan in self._open() if loan.member_id == member_id]
        return tuple((copy.book_id, copy.copy_id) for copy in mine)

    async def get(self, loan_id: UUID) -> Loan | None:
        return self.seen.load(loan_id)

    async def open_of(self, copy_id: UUID) -> Loan | None:
        return next((loan for loan in self._open() if loan.copy.copy_id == copy_id), None)


class FakeHolds:
    """All holds on record."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.seen: _Seen[Hold] = _Seen(memory.holds)
        self.add = self.seen.add

    async def get(self, hold_id: UUID) -> Hold | None:
        return self.seen.load(hold_id)

    async def queue_of(self, book_id: UUID) -> HoldQueue:
        return HoldQueue(hold for hold in self.seen.all() if hold.book_id == book_id)

    async def for_copy(self, copy_id: UUID, *, book_id: UUID) -> tuple[Hold | None, HoldQueue]:
        here = (hold for hold in self.seen.all() if hold.is_active and hold.copy_id == copy_id)
        return next(here, None), await self.queue_of(book_id)

    async def active_of(self, member_id: UUID) -> list[Hold]:
        return [hold for hold in self.seen.all() if hold.is_active and hold.member_id == member_id]

    def bearing(self, *, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime) -> tuple[Claim, ...]:
        def bears(hold: Hold) -> bool:
            other_copy = hold.copy_id is not None and hold.member_id == member_id and hold.wanted_copy_id is None
            return hold.wants(copy_id, now=now) or (hold.is_active and (hold.copy_id == copy_id or other_copy))

        of_book = sorted((hold for hold in self.seen.all() if hold.book_id == book_id), key=lambda hold: hold.order)
        return tuple(Claim(hold.id, hold.member_id, hold.category, hold.copy_id) for hold in of_book if bears(hold))


class FakeFines:
    """The fines on record."""

    def __init__(self, memory: Memory) -> None:
        self.seen = _Seen(memory.fines)

    def add(self, fine: Fine) -> None:
        self.seen.add(fine)

    async def get(self, fine_id: UUID) -> Fine | None:
        return self.seen.load(fine_id)

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        return [fine for fine in self.seen.all() if fine.loan_id == loan_id]


class FakeCopies:
    """All copies that circulation has seen."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.seen: dict[UUID, Whereabouts] = {}

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        known: list[Whereabouts | Loan] = [*self._memory.away.values(), *self._memory.loans.values()]
        return next(
            (each.copy for each in known if key in (CopyKey(each.copy.copy_id), CopyKey(None, each.copy.barcode))), None
        )

    async def whereabouts_of(self, copy: CirculatingCopy) -> Whereabouts:
        if copy.copy_id not in self.seen:
            away = self._memory.away.get(copy.copy_id)
            facts = (
                {} if away is None else {name: getattr(away, name) for name in ("place", "branch", "hold_id", "since")}
            )
            self.seen[copy.copy_id] = Whereabouts(copy, **facts)
        return self.seen[copy.copy_id]

    async def go_out(self, copy_id: UUID) -> None:
        del self._memory.away[copy_id]

    async def tell_again(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        raise NotImplementedError

    def keep(self) -> list[Whereabouts]:
        for copy_id, found in self.seen.items():
            self._memory.away.pop(copy_id, None)
            if found.place is not Place.HOME:
                self._memory.away[copy_id] = found
        return list(self.seen.values())


class FakeRulebook:
    """The rules that a test puts in."""

    def __init__(self, memory: Memory, loans: FakeLoans, holds: FakeHolds) -> None:
        self.memory, self.rules = memory, memory.rules
        self.loans, self.holds = loans, holds

    async def circumstances(
        self, *, branch: str, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime
    ) -> Circumstances:
        loans = self.loans.bearing(copy_id=copy_id, member_id=member_id)
        held = self.holds.bearing(copy_id=copy_id, book_id=book_id, member_id=member_id, now=now)
        owed = sum(fine.owed for fine in self.memory.fines.values() if fine.member_id == member_id)
        return Circumstances(self.rules, loans, held, copy_id in self.memory.away, Money(owed, "EUR") if owed else None)

    async def in_force(self, *, branch: str) -> HouseRules:
        return self.rules

    async def policy(self, version: int) -> Policy:
        return self.rules.policy

    async def lock_to_change(self) -> None: ...

    async def newest_policy(self) -> PolicyTableView:
        return PolicyTableView(self.rules.policy.version, {}, NOW)

    async def calendar(self, branch: str) -> CalendarView | None:
        raise NotImplementedError

    async def add_policy(self, table: PolicyTableView) -> None:
        raise NotImplementedError

    async def keep_calendar(self, calendar: CalendarView) -> None:
        raise NotImplementedError


class FakeFarewells:
    """Who leaves, by which wish; kept at once, since no test takes it back."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def note(self, member_id: UUID, *, leaving_id: UUID | None, sequence: int) -> None:
        if sequence > self._memory.latest_news.get(member_id, -1):
            self._memory.latest_news[member_id] = sequence
            self._memory.leaving[member_id] = leaving_id

    async def keep_history(self, member_id: UUID, *, keep: bool) -> None:
        raise NotImplementedError

    async def waiting(self, *, most: int) -> list[UUID]:
        return [one for one, wish in self._memory.leaving.items() if wish not in (None, *self._memory.cleared)][:most]

    async def lock(self, member_id: UUID) -> UUID | None:
        wish = self._memory.leaving.get(member_id)
        return None if wish in self._memory.cleared else wish

    async def ties(self, member_id: UUID) -> Ties:
        loans = [loan for loan in self._memory.loans.values() if loan.is_open and loan.member_id == member_id]
        holds = [hold for hold in self._memory.holds.values() if hold.is_active and hold.member_id == member_id]
        owed = [fine for fine in self._memory.fines.values() if fine.owed and fine.member_id == member_id]
        return Ties(len(loans), len(holds), len(owed))

    async def let_go(self, cleared: BorrowerCleared) -> None:
        self._memory.cleared.append(cleared.leaving_id)
        self._memory.told.append(cleared)


class FakeUnitOfWork:
    """One transaction after the other on one memory; `order` tells what was done in which order."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.order: list[str] = []
        self.answers: list[object] = []

    @property
    def events(self) -> list[Told]:
        """All that was told."""
        return self.memory.told

    async def __aenter__(self) -> Self:
        await self.memory.one_at_a_time.acquire()
        self.order.append("begin")
        self.loans, self.holds, self.copies = FakeLoans(self.memory), FakeHolds(self.memory), FakeCopies(self.memory)
        self.fines = FakeFines(self.memory)
        self.rulebook = FakeRulebook(self.memory, self.loans, self.holds)
        self.farewells = FakeFarewells(self.memory)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.order.append("end")
        self.memory.one_at_a_time.release()

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        new = (listener, message_id) not in self.memory.heard
        self.memory.heard.add((listener, message_id))
        return new

    async def lock_out_others(self, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        self.order.append("lock")
        return member_id in self.memory.leaving

    async def commit(self, *, answer: object | None = None) -> None:
        self.order.append("commit")
        self.answers.append(answer)
        for things in (self.loans.seen.keep(), self.holds.seen.keep(), self.copies.keep(), self.fines.seen.keep()):
            for thing in things:
                self.memory.told += thing.take_events()


class FakeDue:
    """Finds all that is open, for the rules to choose from; forgets nobody."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def to_remind(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[Ending]:
        loans = [loan for loan in self._memory.loans.values() if loan.is_open] if beyond is None else []
        return [Ending(loan.id, loan.copy.book_id, loan.due_at) for loan in loans]

    async def to_expire(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[Ending]:
        holds = [hold for hold in self._memory.holds.values() if hold.is_active] if beyond is None else []
        return [Ending(hold.id, hold.book_id, hold.placed_at) for hold in holds]

    async def to_give_up(self, *, overdue_since: datetime, beyond: UUID | None, limit: int) -> list[Ending]:
        return await self.to_remind(now=overdue_since, beyond=beyond, limit=limit)

    async def forget(self, *, returned_before: datetime, now: datetime, limit: int) -> int:
        return 0


class FakeLoanViews:
    """Shows the loans on record."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def loan(self, loan_id: UUID) -> LoanView | None:
        loan = self._memory.loans.get(loan_id)
        return None if loan is None else LoanView.of(loan)

    async def loans(self, wanted: LoanFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[LoanView]:
        raise NotImplementedError

    async def history(self, loan_id: UUID) -> list[HistoryEntry]:
        raise NotImplementedError


class FakeHoldViews:
    """Shows the holds on record."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def hold(self, hold_id: UUID) -> HoldView | None:
        hold = self._memory.holds.get(hold_id)
        return None if hold is None else HoldView.of(hold)

    async def queue(self, book_id: UUID, *, limit: int, after: QueuePlace | None) -> QueueView:
        waiting = HoldQueue(hold for hold in self._memory.holds.values() if hold.book_id == book_id).holds
        shown = tuple(HoldView.of(hold, position=place) for place, hold in enumerate(waiting, 1))
        assert after is None
        assert len(shown) <= limit
        return QueueView(book_id, shown, len(shown), version_of(hold.id for hold in waiting), reached=None)

    async def holds(self, wanted: HoldFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[HoldView]:
        raise NotImplementedError

    async def away(
        self, place: str, branch: str | None, *, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[CopyAwayView]:
        raise NotImplementedError

    async def wanted(
        self, branch: str, *, now: datetime, limit: int, after: tuple[UUID, UUID] | None
    ) -> list[WantedView]:
        raise NotImplementedError
