"""Circulation as a machine: whatever desks and members do, in whatever order, repeated and crossed, the rules hold.

`CIRCULATION_EXAMPLES=500 .venv/bin/pytest tests/loans/test_circulation_machine.py` tries harder, and others each time;
without it the examples stay the same. Whoever adds an act adds a rule to `circulation_acts.py`; what must then hold is
an invariant below.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, precondition

from loans_service.domain.circulating_copy import Availability, StandsWhy
from loans_service.domain.fines.fine import Booked, FineReason, Posting
from loans_service.domain.holds.circulation_record import AVAILABILITY_OF, CirculationStatus
from loans_service.domain.holds.hold import ACTIVE, WITH_COPY, Hold, HoldStatus
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.tills.till import Method
from loans_service.domain.tills.till_receipt import ReceiptKind
from tests.loans.circulation_acts import Acts, premises
from tests.loans.makers import emmas_copy

ENDS = {HoldStatus.FULFILLED, HoldStatus.CANCELLED, HoldStatus.EXPIRED}
LEAVES = {HoldStatus.READY: CirculationStatus.HOLD_SHELF, HoldStatus.IN_TRANSIT: CirculationStatus.IN_TRANSIT}
SERVES = LEAVES | {HoldStatus.WAITING: CirculationStatus.REQUESTED}


@pytest.fixture(scope="module", autouse=True)
def _leave_the_premises() -> Iterator[None]:
    yield
    premises().leave()


class Circulation(Acts):
    """What must hold after each act."""

    @invariant()
    def what_is_owed_is_the_sum_of_what_was_posted(self) -> None:
        ledger: Counter[UUID] = Counter()
        for entry in self.seen.posted:
            ledger[entry["fine_id"]] += Posting(entry["posting"]).sign * entry["amount"]
        assert all(owed == ledger[fine_id] >= 0 for fine_id, owed in self.seen.owed.items())
        charged = Counter(self.seen.fine_reasons)
        assert all(number == 1 for (_, reason), number in charged.items() if reason is FineReason.OVERDUE)

    @invariant()
    def the_money_adds_up(self) -> None:
        posted: Counter[str] = Counter()
        for entry in self.seen.posted:
            posted[entry["posting"]] += entry["amount"]
        settled = posted[Posting.PAID] - posted[Posting.REFUNDED]
        assert posted[Posting.CHARGED] - posted[Posting.WAIVED] == sum(self.seen.owed.values()) + settled
        came = {number: ReceiptKind(row["kind"]).sign * row["amount"] for number, row in self.seen.receipts.items()}
        by_method: Counter[str] = Counter()
        for number, row in self.seen.receipts.items():
            by_method[row["method"]] += came[number]
        due = sum(row["due"] for row in self.seen.payouts.values())
        assert settled == by_method[Method.CASH] + by_method[Method.CARD] - due
        assert sum(self.seen.drawers.values()) == by_method[Method.CASH]

    @invariant()
    def what_is_owed_to_a_member_is_used_or_paid_once(self) -> None:
        for row in self.seen.payouts.values():
            assert row["due"] == row["amount"] - row["used"] - row["paid"] >= 0

    @invariant()
    def no_receipt_is_left_out_and_no_payment_given_back_twice(self) -> None:
        given = sorted((row["year"], row["serial"]) for row in self.seen.receipts.values())
        of_years = Counter(year for year, _ in given)
        assert [(year, serial + 1) for year in sorted(of_years) for serial in range(of_years[year])] == given
        back: Counter[str] = Counter()
        for row in self.seen.receipts.values():
            back[row["reverses"]] += row["amount"]
        assert all(row["amount"] >= back[number] for number, row in self.seen.receipts.items())

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
    def a_deposit_is_there_while_its_copy_is_out_and_goes_with_it(self) -> None:
        for loan in self.seen.loans.values():
            deposit = self.seen.deposits.get(loan.id)
            assert loan.has_deposit == (deposit is not None)
            if deposit is not None:
                given_back = deposit["waived"] == deposit["amount"] and deposit["refunded"] == deposit["paid"]
                assert loan.is_open or given_back
                assert not (loan.is_open and deposit["fine_id"] in self._cancelled())

    @invariant()
    def nothing_is_lent_to_whoever_is_suspended_for_lateness(self) -> None:
        until: dict[UUID, date] = {}
        for row in self.seen.suspensions:
            assert row["ends_on"] == max(until.get(row["member_id"], row["starts_on"]), row["starts_on"]) + timedelta(
                days=row["days"]
            )
            until[row["member_id"]] = row["ends_on"]
            for loan in self.seen.loans.values():
                if loan.member_id == row["member_id"] and loan.checked_out_at > row["made_at"]:
                    assert loan.checked_out_at.date() > row["ends_on"]

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
                assert not [copy for copy in self._free_copies(hold.book_id) if hold.wants(emmas_copy(copy), now=now)]

    @precondition(lambda self: self.settled)
    @invariant()
    def once_targets_are_chosen_whoever_is_first_and_can_be_served_is_served(self) -> None:
        now = self.library.clock.now()
        waiting = self._holds(HoldStatus.WAITING)
        for first in waiting:
            for later in waiting:
                behind = first.book_id == later.book_id and first.queue_order < later.queue_order
                if first.copy_id is None and behind and later.copy_id is not None:
                    assert not first.wants(emmas_copy(later.copy_id), now=now)

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
                place = _place(data["stands"]["why"], data["stands"]["branch"])
                state = (data["availability"], data.get("due_at") is not None, data.get("transit_to"), place)
                seen_again = data.get("scanned_at") is not None or data.get("due_at") is not None
                assert (data.get("scanned") is None) == (data.get("scanned_at") is None)
                assert seen_again or state != states.get(data["copy_id"]), "nothing changed"
                states[data["copy_id"]] = state
        for loan_id, loan in self.seen.loans.items():
            _check_events_of_loan(loan, of_loans[str(loan_id)])
        for hold_id, hold in self.seen.holds.items():
            _check_events_of_hold(hold, of_holds[str(hold_id)])
        for copy in self.library.copies:
            told_state = states.get(str(copy.copy_id), (Availability.AVAILABLE, False, None, AT_HOME))
            assert self._state_of(copy.copy_id) == told_state

    def _cancelled(self) -> set[UUID]:
        """Return the charges that were paid and then cancelled."""
        booked = {"posting": Posting.REFUNDED, "booked": Booked.PAYOUT}
        return {entry["fine_id"] for entry in self.seen.posted if booked.items() <= dict(entry).items()}

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
                seen_as = Availability.ON_LOAN if here else Availability.UNAVAILABLE
                return (seen_as, here, None, _place(StandsWhy.ON_LOAN))
        if copy_id in self._gone():
            return (Availability.UNAVAILABLE, False, None, _place(StandsWhy.ON_LOAN))
        row = self.seen.away.get(copy_id)
        if row is None:
            return (Availability.AVAILABLE, False, None, AT_HOME)
        going = row["branch"] if row["status"] is CirculationStatus.IN_TRANSIT else None
        if going is not None:
            place = _place(StandsWhy.IN_TRANSIT, row["from_branch"])
        elif row["status"] in {CirculationStatus.HOLD_SHELF, CirculationStatus.TO_CLEAR}:
            place = _place(StandsWhy.HOLD_SHELF, row["branch"])
        else:
            place = _place(StandsWhy.FLOATED, row["branch"]) if row["branch"] != row["home_branch"] else AT_HOME
        return (AVAILABILITY_OF[row["status"]], False, going, place)


def _place(why: str, branch: str | None = None) -> tuple[str, str | None]:
    """Return where a copy stands: of one at home or on loan, the branch says nothing that is not known otherwise."""
    return (why, None if why in {StandsWhy.HOME, StandsWhy.ON_LOAN} else branch)


AT_HOME = _place(StandsWhy.HOME)


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
    assert (hold.status is HoldStatus.READY) == ("ready" == told[-1])
    assert all(before == "ready" for before, event in pairwise(told) if event == "no_longer_ready")


Circulation.TestCase.settings = settings(
    max_examples=int(os.environ.get("CIRCULATION_EXAMPLES", "30")),
    derandomize="CIRCULATION_EXAMPLES" not in os.environ,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestCirculation = Circulation.TestCase
