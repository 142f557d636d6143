"""Circulation as a machine: whatever desks and members do, in whatever order, repeated and crossed, the rules hold.

`CIRCULATION_EXAMPLES=2000 .venv/bin/pytest tests/loans/test_circulation_machine.py` tries harder. Whoever adds an act
adds a rule; what must then hold is an invariant below.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from loans_service.domain.circulating_copy import Availability, AvailabilityChanged
from loans_service.domain.fines.fine import FineEvent, FineReason
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.domain.holds.hold import ACTIVE, WITH_COPY, Hold, HoldEvent, HoldEventType, HoldStatus
from loans_service.domain.lending.loan import Loan, LoanEvent, LoanEventType, LoanStatus
from shared.kernel.errors import LibraryError
from tests.loans.library import BRANCHES, Library

Act = Callable[[], Awaitable[object]]

COPIES = st.integers(0, 3)
MEMBERS = st.sampled_from(["ADA", "BOB", "KIM"])
SOMEWHERE = st.sampled_from(BRANCHES)
WHICH = st.integers(0, 50)


class Circulation(RuleBasedStateMachine):
    """Two books of two copies each, two branches, three members who may have two loans and two holds each."""

    def __init__(self) -> None:
        super().__init__()
        self.library = Library()
        self.loop = asyncio.new_event_loop()
        self.last: Act | None = None

    def teardown(self) -> None:
        self.loop.close()

    def do(self, *acts: Act) -> None:
        """Do this, or all of these at once. What is refused changes nothing and tells nothing."""
        self.last = acts[-1]
        self.loop.run_until_complete(self._all(acts))

    async def _all(self, acts: tuple[Act, ...]) -> None:
        results = await asyncio.gather(*(act() for act in acts), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, LibraryError):
                raise result

    def check_out_of(self, copy: int, card: str) -> Act:
        async def act() -> None:
            await self.library.check_out(copy, card)
            assert self.library.counted_loans(card) <= self.library.most_loans(card), "a limit was passed"

        return act

    @rule(copy=COPIES, card=MEMBERS)
    def check_out(self, copy: int, card: str) -> None:
        self.do(self.check_out_of(copy, card))

    @rule(copy=COPIES, branch=SOMEWHERE, hours_ago=st.sampled_from([0, 0, 5]))
    def give_back(self, copy: int, branch: str, hours_ago: int) -> None:
        self.do(lambda: self.library.give_back(copy, branch, ago=timedelta(hours=hours_ago)))

    @rule(book=st.integers(0, 1), copy=st.none() | COPIES, card=MEMBERS, branch=st.none() | SOMEWHERE)
    def hold(self, book: int, copy: int | None, card: str, branch: str | None) -> None:
        self.do(lambda: self.library.hold(book, copy, card, branch))

    @precondition(lambda self: self.library.memory.loans)
    @rule(which=WHICH, act=st.sampled_from(["renew", "lose", "claim", "find here", "find there", "move due date"]))
    def change_a_loan(self, which: int, act: str) -> None:
        loan_id = self.library.loan_id(which)
        self.do(lambda: self.library.change_loan(loan_id, act))

    @precondition(lambda self: self.library.memory.holds)
    @rule(which=WHICH, act=st.sampled_from(["cancel", "cancel", "suspend", "suspend for a day", "resume", "expire"]))
    def change_a_hold(self, which: int, act: str) -> None:
        hold_id = self.library.hold_id(which)
        self.do(lambda: self.library.change_hold(hold_id, act))

    @rule(book=st.integers(0, 1), order=st.permutations(range(4)))
    def reorder(self, book: int, order: list[int]) -> None:
        self.do(lambda: self.library.reorder(book, order))

    @rule()
    def sweep(self) -> None:
        self.do(self.library.sweep)

    @rule()
    def sweep_twice_at_once(self) -> None:
        self.do(self.library.sweep, self.library.sweep)

    @rule(days=st.sampled_from([0, 1, 3, 8, 50]), hours=st.integers(1, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.library.clock.pass_by(timedelta(days=days, hours=hours))

    @precondition(lambda self: self.last)
    @rule()
    def repeat(self) -> None:
        assert self.last is not None
        self.do(self.last)

    @rule(copy=COPIES, one=MEMBERS, other=MEMBERS, branch=SOMEWHERE)
    def cross_check_outs_and_a_return(self, copy: int, one: str, other: str, branch: str) -> None:
        self.do(
            self.check_out_of(copy, one),
            lambda: self.library.give_back(copy, branch),
            self.check_out_of(copy, other),
        )

    @precondition(lambda self: self.library.memory.loans)
    @rule(which=WHICH, card=MEMBERS, branch=SOMEWHERE)
    def cross_a_renewal_with_a_return_and_a_hold(self, which: int, card: str, branch: str) -> None:
        loan = self.library.memory.loans[self.library.loan_id(which)]
        copy = self.library.number_of(loan.copy.copy_id)
        self.do(
            lambda: self.library.change_loan(loan.id, "renew"),
            lambda: self.library.hold(copy // 2, None, card, None),
            lambda: self.library.give_back(copy, branch),
        )

    @precondition(lambda self: self.library.memory.fines)
    @rule(which=WHICH, cents=st.integers(1, 3000), forgive=st.booleans())
    def settle_a_fine(self, which: int, cents: int, forgive: bool) -> None:
        fine_id = list(self.library.memory.fines)[-1 - which % len(self.library.memory.fines)]
        self.do(lambda: self.library.settle(fine_id, None if forgive else cents))

    @invariant()
    def what_is_owed_is_the_sum_of_what_was_posted(self) -> None:
        memory = self.library.memory
        ledger: Counter[object] = Counter()
        for event in memory.told:
            if isinstance(event, FineEvent):
                ledger[event.fine.id] += event.posting.sign * event.amount.amount
        for fine in memory.fines.values():
            assert fine.owed == ledger[fine.id] >= 0
        charged = Counter((fine.loan_id, fine.reason) for fine in memory.fines.values())
        assert all(number == 1 for (_, reason), number in charged.items() if reason is FineReason.OVERDUE)

    @invariant()
    def a_copy_is_on_loan_once_and_then_nowhere_else(self) -> None:
        out = Counter(loan.copy.copy_id for loan in self._open())
        assert all(number == 1 for number in out.values())
        assert out.keys().isdisjoint(self.library.memory.away)

    @invariant()
    def a_copy_is_captured_for_one_hold_which_knows_it(self) -> None:
        memory = self.library.memory
        told = {away.hold_id: copy_id for copy_id, away in memory.away.items() if away.hold_id is not None}
        assert told == {hold.id: hold.copy_id for hold in memory.holds.values() if hold.status in WITH_COPY}
        for hold_id, copy_id in told.items():
            ready = memory.holds[hold_id].status is HoldStatus.READY
            assert memory.away[copy_id].status is (
                CirculationStatus.HOLD_SHELF if ready else CirculationStatus.IN_TRANSIT
            )
            assert ready == (memory.holds[hold_id].pickup_until is not None)

    @invariant()
    def nobody_is_served_who_lets_others_pass(self) -> None:
        now = self.library.clock.now()
        assert not any(
            hold.is_suspended(now) for hold in self.library.memory.holds.values() if hold.status in WITH_COPY
        )

    @invariant()
    def places_in_a_queue_are_told_apart_and_nobody_has_too_many(self) -> None:
        waiting = [hold for hold in self.library.memory.holds.values() if hold.status is HoldStatus.WAITING]
        assert len(waiting) == len({(hold.book_id, hold.order) for hold in waiting})
        active = Counter(hold.member_id for hold in self.library.memory.holds.values() if hold.status in ACTIVE)
        assert all(number <= 2 for number in active.values())

    @invariant()
    def the_events_tell_what_is_on_record_and_nothing_else(self) -> None:
        memory = self.library.memory
        event_types: dict[object, Counter[LoanEventType]] = {loan_id: Counter() for loan_id in memory.loans}
        turns: dict[object, list[HoldEventType]] = {hold_id: [] for hold_id in memory.holds}
        states: dict[object, AvailabilityChanged] = {}
        for event in memory.told:
            if isinstance(event, LoanEvent):
                event_types[event.loan.id][event.type] += 1
            elif isinstance(event, HoldEvent):
                turns[event.hold.id].append(event.type)
            elif isinstance(event, AvailabilityChanged):
                assert _state(event) != _state(states.get(event.copy_id)), "nothing changed"
                states[event.copy_id] = event
        for loan_id, loan in memory.loans.items():
            _check_event_types(loan, event_types[loan_id])
        for hold_id, hold in memory.holds.items():
            _check_turns(hold, turns[hold_id])
        for copy in self.library.copies:
            told = states.get(copy.copy_id)
            told_state = (Availability.AVAILABLE, None) if told is None else _state(told)
            assert self._state_of(copy.copy_id) == told_state

    def _open(self) -> list[Loan]:
        return [loan for loan in self.library.memory.loans.values() if loan.is_open]

    def _state_of(self, copy_id: object) -> tuple[object, ...]:
        for loan in self._open():
            if loan.copy.copy_id == copy_id:
                here = loan.status is LoanStatus.OPEN
                return (Availability.ON_LOAN, loan.due_at) if here else (Availability.UNAVAILABLE, None)
        away = self.library.memory.away.get(copy_id)  # type: ignore[call-overload] # any key may be asked for
        places = {
            CirculationStatus.HOLD_SHELF: Availability.ON_HOLD_SHELF,
            CirculationStatus.IN_TRANSIT: Availability.IN_TRANSIT,
        }
        return (Availability.AVAILABLE if away is None else places.get(away.status, Availability.AVAILABLE), None)


def _state(event: AvailabilityChanged | None) -> tuple[object, ...] | None:
    return None if event is None else (event.availability, event.due_at)


def _check_event_types(loan: Loan, told: Counter[LoanEventType]) -> None:
    assert (1, loan.renewals) == (told[LoanEventType.CHECKED_OUT], told[LoanEventType.RENEWED])
    assert (not loan.is_open) == told[LoanEventType.RETURNED]
    missed = told[LoanEventType.DECLARED_LOST] + told[LoanEventType.CLAIMED_RETURNED] > 0
    assert missed or not told[LoanEventType.FOUND]
    assert missed or loan.status in {LoanStatus.OPEN, LoanStatus.RETURNED}


def _check_turns(hold: Hold, told: list[HoldEventType]) -> None:
    ends = {
        HoldStatus.FULFILLED: HoldEventType.FULFILLED,
        HoldStatus.CANCELLED: HoldEventType.CANCELLED,
        HoldStatus.EXPIRED: HoldEventType.EXPIRED,
    }
    assert HoldEventType.PLACED is told[0]
    ended = [turn for turn in told if turn in ends.values()]
    assert ended == ([ends[hold.status]] if hold.status in ends else [])
    assert hold.status is not HoldStatus.READY or HoldEventType.READY is told[-1]


Circulation.TestCase.settings = settings(
    max_examples=int(os.environ.get("CIRCULATION_EXAMPLES", "200")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestCirculation = Circulation.TestCase
