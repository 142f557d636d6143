from datetime import datetime, timedelta

import pytest

from loans_service.domain.borrower import MemberBlocked, MemberLeaving
from loans_service.domain.holds.hold_queue import CheckOutHeldByOther
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.lending.check_out import Answered, CheckOutFacts, ServedHold, Terms, assess
from loans_service.domain.lending.offline import LONGEST_OFFLINE, InvalidOffline, Offline, OfflineTerms
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, ALWAYS_OPEN, NOW, POLICY, a_copy, a_loan, a_standing, open_loans

MACHINE = Offline(by="kiosk")
YESTERDAY = NOW - timedelta(days=1)


def test_an_act_counts_as_of_then_and_never_as_of_later_than_now() -> None:
    assert YESTERDAY == Offline(YESTERDAY).moment(now=NOW)
    assert NOW == Offline().moment(now=NOW) == Offline(NOW + timedelta(hours=1)).moment(now=NOW)


def test_a_clock_that_is_more_than_a_year_behind_is_wrong() -> None:
    assert NOW - LONGEST_OFFLINE == Offline(NOW - LONGEST_OFFLINE).moment(now=NOW)
    with pytest.raises(InvalidOffline):
        Offline(NOW - LONGEST_OFFLINE - timedelta(microseconds=1)).moment(now=NOW)


def test_the_loan_of_somebody_else_ends_unless_it_began_later_than_what_the_machine_did() -> None:
    out = a_loan(now=YESTERDAY)

    assert MACHINE.ends(out, new_id(), at=NOW)
    assert not MACHINE.ends(out, new_id(), at=YESTERDAY)
    assert not MACHINE.ends(out, ADA, at=NOW)


@pytest.mark.parametrize(
    ("scanned_at", "came_back"),
    [(None, False), (YESTERDAY, False), (YESTERDAY + timedelta(microseconds=1), True), (NOW, True)],
)
def test_a_copy_lent_offline_has_come_back_when_a_desk_scanned_it_later(
    scanned_at: datetime | None, *, came_back: bool
) -> None:
    assert (scanned_at if came_back else None) == MACHINE.came_back(scanned_at, at=YESTERDAY, lent=None)


def test_a_scan_after_a_later_loan_began_says_nothing_of_what_the_machine_lent() -> None:
    lent = a_loan(now=NOW)

    assert NOW == MACHINE.came_back(NOW, at=YESTERDAY, lent=lent)
    assert None is MACHINE.came_back(NOW + timedelta(microseconds=1), at=YESTERDAY, lent=lent)


def test_what_staff_could_override_is_overridden_and_a_captured_copy_has_left_as_well() -> None:
    overridable: list[LibraryError] = [MemberBlocked("Blocked."), CheckOutHeldByOther(captured=True)]

    left, override = MACHINE.against([*overridable, MemberLeaving("Leaving."), UnknownBranch(field="branch")])

    assert ["member-leaving", "unknown-branch"] == [refusal.code for refusal in left]
    assert ("member-blocked", "copy-held-for-other") == override.codes
    assert "kiosk" in override.comment


def test_a_copy_lent_offline_is_due_as_it_said_else_by_the_rules_as_of_then() -> None:
    facts = CheckOutFacts(POLICY, ALWAYS_OPEN, YESTERDAY, open_loans(10))
    known, until = Answered(a_copy(), a_standing()), YESTERDAY + timedelta(hours=3)

    visible_entries = assess(known, facts, OfflineTerms(offline=Offline(due_at=until)))
    by_rule = assess(known, facts, OfflineTerms(offline=MACHINE))
    at_desk = assess(known, CheckOutFacts(POLICY, ALWAYS_OPEN, YESTERDAY), Terms())

    assert ((), until, at_desk.due_at) == (visible_entries.refusals, visible_entries.due_at, by_rule.due_at)
    assert by_rule.override is not None
    assert ("loan-limit-reached",) == by_rule.override.codes


def test_a_copy_that_no_rule_lends_is_due_by_the_end_of_the_day_on_which_it_left() -> None:
    facts = CheckOutFacts(POLICY, ALWAYS_OPEN, NOW)

    decision = assess(Answered(a_copy(item_type="reference"), a_standing()), facts, OfflineTerms(offline=MACHINE))

    assert ((), ALWAYS_OPEN.end_of_day(NOW.date())) == (decision.refusals, decision.due_at)


def test_a_hold_whose_copy_a_machine_gave_away_is_spoilt() -> None:
    kept = ServedHold(new_id(), new_id(), captured=True)

    decision = assess(
        Answered(a_copy(), a_standing()),
        CheckOutFacts(POLICY, ALWAYS_OPEN, NOW, serves=kept),
        OfflineTerms(offline=MACHINE),
    )

    assert ((), kept.hold_id) == (decision.refusals, decision.spoils)


def test_a_due_date_before_the_loan_is_refused_even_from_a_machine() -> None:
    asked = OfflineTerms(offline=Offline(due_at=YESTERDAY))

    decision = assess(Answered(a_copy(), a_standing()), CheckOutFacts(POLICY, ALWAYS_OPEN, NOW), asked)

    assert ["invalid-due-date"] == [refusal.code for refusal in decision.refusals]
