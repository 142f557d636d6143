"""Circulation as a machine: whatever desks and members do, in whatever order, repeated and crossed, the rules hold.

`CIRCULATION_EXAMPLES=500 .venv/bin/pytest tests/loans/test_circulation_machine.py` tries harder, and others each time;
without it the examples stay the same. Whoever adds an act adds a rule; what must then hold is an invariant below.
"""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loans_service.application.lending.amendments.resolve_claim import Outcome
from loans_service.domain.circulating_copy import Availability
from loans_service.domain.fines.fine import FineReason, Posting
from loans_service.domain.holds.circulation_record import AVAILABILITY_OF, CirculationStatus
from loans_service.domain.holds.hold import ACTIVE, WITH_COPY, Hold, HoldStatus
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from shared.kernel.errors import LibraryError
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.loans.library import BRANCHES, Library, Records

Act = Callable[[], Awaitable[object]]

COPIES = st.integers(0, 3)
MEMBERS = st.sampled_from(["ADA", "BOB", "KIM"])
LOAN_ACTS = ["renew", "lose", "claim", "find here", "find there", "move due date", *Outcome]
SOMEWHERE = st.sampled_from(BRANCHES)
WHICH = st.integers(0, 50)
ENDS = {HoldStatus.FULFILLED, HoldStatus.CANCELLED, HoldStatus.EXPIRED}
LEAVES = {HoldStatus.READY: CirculationStatus.HOLD_SHELF, HoldStatus.IN_TRANSIT: CirculationStatus.IN_TRANSIT}
SERVES = LEAVES | {HoldStatus.WAITING: CirculationStatus.REQUESTED}


@cache
def empty_database() -> Path:
    """Return a file with the newest schema, and nothing in it."""
    path = Path(tempfile.mkdtemp()) / "empty.db"

    async def make() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await migrate(database, "loans_service")
        await database.empty_log()
        await database.dispose()

    asyncio.run(make())
    return path


class Circulation(RuleBasedStateMachine):
    """Two books of two copies each, two branches, three members who may have two loans and two holds each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(shutil.copy(empty_database(), Path(self.folder.name) / "loans.db"))
        self.database = Database(f"sqlite+aiosqlite:///{path}")
        self.library = Library(self.database)
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.library.open())
        self.last: Act | None = None
        self.settled = False
        self.look()

    def teardown(self) -> None:
        self.loop.run_until_complete(self.database.dispose())
        self.loop.close()
        self.folder.cleanup()

    def look(self) -> None:
        self.seen: Records = self.loop.run_until_complete(self.library.records())

    def do(self, *acts: Act) -> None:
        """Do this, or all of these at once. What is refused changes nothing and tells nothing."""
        self.last, self.settled = acts[-1], False
        self.loop.run_until_complete(self._all(acts))
        self.look()

    async def _all(self, acts: tuple[Act, ...]) -> None:
        results = await asyncio.gather(*(act() for act in acts), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, LibraryError):
                raise result

    def check_out_of(self, copy: int, card: str, *, codes: tuple[str, ...] = ()) -> Act:
        return lambda: self.library.check_out(copy, card, codes=codes)

    @initialize()
    def somebody_waits(self) -> None:
        self.do(lambda: self.library.hold(0, None, "ADA", "EAST"))

    @rule(copy=COPIES, card=MEMBERS, in_spite=st.booleans())
    def check_out(self, copy: int, card: str, in_spite: bool) -> None:
        serves = self.seen.away.get(self.library.copies[copy].copy_id, {}).get("hold_id")

        async def act() -> None:
            try:
                await self.library.check_out(copy, card, codes=("copy-held-for-other",) if in_spite else ())
            except LibraryError as refused:
                codes = {each.code for each in getattr(refused, "refusals", (refused,))}
                assert serves is not None or "copy-held-for-other" not in codes, "nobody waits for this copy"

        self.do(act)

    @rule(copy=COPIES, branch=SOMEWHERE, hours_ago=st.sampled_from([0, 0, 5]))
    def give_back(self, copy: int, branch: str, hours_ago: int) -> None:
        self.do(lambda: self.library.give_back(copy, branch, ago=timedelta(hours=hours_ago)))

    @rule(book=st.integers(0, 1), copy=st.none() | COPIES, card=MEMBERS, branch=st.none() | SOMEWHERE)
    def hold(self, book: int, copy: int | None, card: str, branch: str | None) -> None:
        self.do(lambda: self.library.hold(book, copy, card, branch))

    @rule(which=WHICH, act=st.sampled_from(LOAN_ACTS))
    def change_a_loan(self, which: int, act: str) -> None:
        for loan_id in _one_of(self.seen.loans, which):
            self.do(partial(self.library.change_loan, loan_id, act))

    @rule(
        which=WHICH,
        act=st.sampled_from(["cancel", "cancel", "suspend", "suspend for a day", "resume", "expire", "not found"]),
    )
    def change_a_hold(self, which: int, act: str) -> None:
        for hold_id in _one_of(self.seen.holds, which):
            self.do(partial(self.library.change_hold, hold_id, act))

    @rule(book=st.integers(0, 1), order=st.permutations(range(4)))
    def reorder(self, book: int, order: list[int]) -> None:
        self.do(lambda: self.library.reorder(book, order))

    @rule(copy=COPIES, status=st.sampled_from(["in_service", "in_service", "in_repair", "missing", "withdrawn"]))
    def books_says_something_else_of_a_copy(self, copy: int, status: str) -> None:
        self.do(lambda: self.library.change_copy(copy, status=status))

    @rule(copy=COPIES, branch=SOMEWHERE)
    def a_copy_moves(self, copy: int, branch: str) -> None:
        self.do(lambda: self.library.change_copy(copy, branch=branch))

    @rule(copy=COPIES, status=st.sampled_from(["in_repair", "missing", "withdrawn"]), branch=SOMEWHERE)
    def books_says_something_else_and_targets_are_chosen(self, copy: int, status: str, branch: str) -> None:
        async def act() -> None:
            await self.library.change_copy(copy, status=status)
            await self.library.change_copy(3 - copy, branch=branch)
            await self.library.choose_targets()

        self.do(act)
        self.settled = True

    @rule()
    def sweep(self) -> None:
        self.do(self.library.sweep)

    @rule()
    def sweep_twice_at_once(self) -> None:
        self.do(self.library.sweep, self.library.sweep)

    @rule()
    def choose_targets(self) -> None:
        self.do(self.library.choose_targets)
        self.settled = True

    @rule(days=st.sampled_from([0, 1, 3, 8, 50]), hours=st.integers(1, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.library.clock.pass_by(timedelta(days=days, hours=hours))
        self.settled = False

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

    @rule(copy=COPIES, card=MEMBERS)
    def cross_targets_with_a_check_out(self, copy: int, card: str) -> None:
        self.do(self.library.choose_targets, self.check_out_of(copy, card), self.library.choose_targets)

    @rule(which=WHICH, card=MEMBERS, branch=SOMEWHERE)
    def cross_a_renewal_with_a_return_and_a_hold(self, which: int, card: str, branch: str) -> None:
        for loan_id in _one_of(self.seen.loans, which):
            copy = self.library.number_of(self.seen.loans[loan_id].copy.copy_id)
            self.do(
                partial(self.library.change_loan, loan_id, "renew"),
                partial(self.library.hold, copy // 2, None, card, None),
                partial(self.library.give_back, copy, branch),
            )

    @rule(which=WHICH, cents=st.integers(1, 3000), forgive=st.booleans())
    def settle_a_fine(self, which: int, cents: int, forgive: bool) -> None:
        for fine_id in _one_of(self.seen.owed, which):
            self.do(partial(self.library.settle, fine_id, None if forgive else cents))

    @invariant()
    def what_is_owed_is_the_sum_of_what_was_posted(self) -> None:
        ledger: Counter[UUID] = Counter()
        for entry in self.seen.posted:
            ledger[entry["fine_id"]] += Posting(entry["posting"]).sign * entry["amount"]
        assert all(owed == ledger[fine_id] >= 0 for fine_id, owed in self.seen.owed.items())
        charged = Counter(self.seen.fine_reasons)
        assert all(number == 1 for (_, reason), number in charged.items() if reason is FineReason.OVERDUE)

    @invariant()
    def a_copy_is_on_loan_once_and_then_nowhere_else(self) -> None:
        out = Counter(loan.copy.copy_id for loan in self._open())
        assert all(number == 1 for number in out.values())
        assert out.keys().isdisjoint(self.seen.away)

    @invariant()
    def nobody_has_more_than_the_policy_grants(self) -> None:
        counted = Counter(loan.member_id for loan in self._open() if loan.claimed_at is None)
        active = Counter(hold.member_id for hold in self._holds(*ACTIVE))
        found = Counter(loan.member_id for loan in self.seen.loans.values() if self._was_claimed(loan))
        assert all(number <= 2 + found[member_id] for member_id, number in counted.items())
        assert all(number <= 2 for number in active.values())

    @invariant()
    def a_copy_serves_one_hold_which_knows_it(self) -> None:
        told = {row["hold_id"]: copy_id for copy_id, row in self.seen.away.items() if row["hold_id"] is not None}
        serving = {hold.id: hold.copy_id for hold in self._holds(*ACTIVE) if hold.copy_id is not None}
        assert told == serving
        assert len(set(serving.values())) == len(serving)
        for hold_id, copy_id in told.items():
            hold = self.seen.holds[hold_id]
            assert self.seen.away[copy_id]["status"] is SERVES[hold.status]
            assert (hold.status is HoldStatus.READY) == (hold.pickup_until is not None)
            assert hold.has_target == (hold.target_branch is not None)

    @invariant()
    def nobody_is_served_who_lets_others_pass(self) -> None:
        now = self.library.clock.now()
        assert not any(hold.is_suspended(now) for hold in self._holds(*WITH_COPY))

    @invariant()
    def places_in_a_queue_are_told_apart(self) -> None:
        waiting = self._holds(HoldStatus.WAITING)
        assert len(waiting) == len({(hold.book_id, hold.queue_order) for hold in waiting})

    @precondition(lambda self: self.settled)
    @invariant()
    def once_targets_are_chosen_no_copy_stands_free_whom_somebody_waits_for(self) -> None:
        now = self.library.clock.now()
        for hold in self._holds(HoldStatus.WAITING):
            if hold.copy_id is None:
                assert not [copy for copy in self._free_copies(hold.book_id) if hold.wants(copy, now=now)]

    @precondition(lambda self: self.settled)
    @invariant()
    def once_targets_are_chosen_whoever_is_first_and_can_be_served_is_served(self) -> None:
        now = self.library.clock.now()
        waiting = self._holds(HoldStatus.WAITING)
        for first in waiting:
            for later in waiting:
                behind = first.book_id == later.book_id and first.queue_order < later.queue_order
                if first.copy_id is None and behind and later.copy_id is not None:
                    assert not first.wants(later.copy_id, now=now)

    @precondition(lambda self: self.settled)
    @invariant()
    def once_targets_are_chosen_nothing_is_pulled_that_books_does_not_lend(self) -> None:
        lent = {copy.copy_id for copy in self.library.copies if not copy.refusals}
        for hold in self._holds(*ACTIVE):
            if hold.copy_id is not None:
                assert hold.copy_id in lent
                assert not hold.has_target or hold.target_branch == self.seen.away[hold.copy_id]["branch"]

    @invariant()
    def the_events_tell_what_is_on_record_and_nothing_else(self) -> None:
        of_loans: dict[str, Counter[str]] = {str(loan_id): Counter() for loan_id in self.seen.loans}
        of_holds: dict[str, list[str]] = {str(hold_id): [] for hold_id in self.seen.holds}
        states: dict[str, tuple[object, ...]] = {}
        for type_, data in self.seen.told:
            _, kind, event = type_.split(".")
            if kind == "loan":
                of_loans.setdefault(data["loan_id"], Counter())[event] += 1  # perhaps of one that is forgotten
            elif kind == "hold":
                of_holds.setdefault(data["hold_id"], []).append(event)
            elif event == "availability_changed":
                state = (data["availability"], data.get("due_at") is not None, data.get("transit_to"))
                seen_again = data.get("scanned") is not None or data.get("due_at") is not None
                assert seen_again or state != states.get(data["copy_id"]), "nothing changed"
                states[data["copy_id"]] = state
        for loan_id, loan in self.seen.loans.items():
            _check_events_of_loan(loan, of_loans[str(loan_id)])
        for hold_id, hold in self.seen.holds.items():
            _check_events_of_hold(hold, of_holds[str(hold_id)])
        for copy in self.library.copies:
            told_state = states.get(str(copy.copy_id), (Availability.AVAILABLE, False, None))
            assert self._state_of(copy.copy_id) == told_state

    def _open(self) -> list[Loan]:
        return [loan for loan in self.seen.loans.values() if loan.is_open]

    def _holds(self, *statuses: HoldStatus) -> list[Hold]:
        return [hold for hold in self.seen.holds.values() if hold.status in statuses]

    def _was_claimed(self, loan: Loan) -> bool:
        """Tell whether a loan counted against no limit once: found with its borrower, it may be one too many."""
        claimed = ("loans.loan.claimed_returned", str(loan.id))
        return loan.is_open and claimed in {(type_, data.get("loan_id")) for type_, data in self.seen.told}

    def _free_copies(self, book_id: UUID) -> Iterator[UUID]:
        out = {loan.copy.copy_id for loan in self._open()} | self._gone()
        for copy in self.library.copies:
            row = self.seen.away.get(copy.copy_id)
            at_home = copy.copy_id not in out and (row is None or row["status"] is CirculationStatus.HOME)
            if copy.book_id == book_id and at_home and not copy.refusals:
                yield copy.copy_id

    def _gone(self) -> set[UUID]:
        """Copies whose loan was settled, and that nobody has seen since."""
        latest = {}
        for loan in sorted(self.seen.loans.values(), key=lambda loan: (loan.checked_out_at, loan.id)):
            latest[loan.copy.copy_id] = loan
        return {copy_id for copy_id, loan in latest.items() if loan.settled_at is not None}

    def _state_of(self, copy_id: UUID) -> tuple[object, ...]:
        for loan in self._open():
            if loan.copy.copy_id == copy_id:
                here = loan.status is LoanStatus.OPEN
                return (Availability.ON_LOAN if here else Availability.UNAVAILABLE, here, None)
        if copy_id in self._gone():
            return (Availability.UNAVAILABLE, False, None)
        row = self.seen.away.get(copy_id)
        if row is None:
            return (Availability.AVAILABLE, False, None)
        going = row["branch"] if row["status"] is CirculationStatus.IN_TRANSIT else None
        return (AVAILABILITY_OF[row["status"]], False, going)


def _one_of(records: Mapping[UUID, object], which: int) -> list[UUID]:
    """Return one of these, the latest first, or none: whether there is one must not change what is drawn."""
    return list(records)[-1 - which % len(records) :][:1] if records else []


def _check_events_of_loan(loan: Loan, told: Counter[str]) -> None:
    assert (1, loan.renewals) == (told["checked_out"], told["renewed"])
    gone = loan.settled_at is not None
    assert (not loan.is_open and not gone) == told["returned"]
    assert told["lost_and_paid"] + told["marked_missing"] >= gone
    missed = told["declared_lost"] + told["claimed_returned"] > 0
    assert missed or not told["found"]
    assert missed or loan.status in {LoanStatus.OPEN, LoanStatus.RETURNED}


def _check_events_of_hold(hold: Hold, told: list[str]) -> None:
    assert "placed" == told[0]
    assert [event for event in told if event in ENDS] == ([hold.status] if hold.status in ENDS else [])
    assert hold.status is not HoldStatus.READY or "ready" == told[-1]


Circulation.TestCase.settings = settings(
    max_examples=int(os.environ.get("CIRCULATION_EXAMPLES", "30")),
    derandomize="CIRCULATION_EXAMPLES" not in os.environ,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestCirculation = Circulation.TestCase
