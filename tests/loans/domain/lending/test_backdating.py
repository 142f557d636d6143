"""Loans that staff date back."""

from datetime import datetime, timedelta

import pytest

from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.lending.backdating import BackdatedTerms, Backdating, CopyLentThen, InvalidLentAt
from loans_service.domain.lending.check_out import Answered, CheckOutAssessment, CheckOutFacts, assess
from loans_service.domain.lending.loan_terms import Override
from loans_service.domain.lending.offline import LONGEST_OFFLINE
from shared.kernel.errors import LibraryError
from tests.loans.makers import ADA, ALWAYS_OPEN, NOW, POLICY, a_copy, a_standing

TICK = timedelta(microseconds=1)
WHY = "Power cut."


def decided(*refusals: LibraryError, terms: BackdatedTerms) -> CheckOutAssessment:
    facts = CheckOutFacts(POLICY, ALWAYS_OPEN, NOW)
    return assess(Answered(a_copy(), a_standing(refusals=refusals)), facts, terms)


@pytest.mark.parametrize("at", [NOW, NOW - LONGEST_OFFLINE])
def test_a_loan_begins_when_staff_say_so(at: datetime) -> None:
    assert at == Backdating(at, WHY).moment(now=NOW)


@pytest.mark.parametrize("at", [NOW + TICK, NOW - LONGEST_OFFLINE - TICK])
def test_no_loan_begins_later_than_now_or_more_than_a_year_ago(at: datetime) -> None:
    with pytest.raises(InvalidLentAt):
        Backdating(at, WHY).moment(now=NOW)


@pytest.mark.parametrize(("after", "came_back"), [(-TICK, False), (timedelta(0), False), (TICK, True)])
def test_a_copy_has_come_back_when_a_desk_scanned_it_later(after: timedelta, *, came_back: bool) -> None:
    backdating = Backdating(NOW, WHY)

    assert (NOW + after if came_back else None) == backdating.came_back(NOW + after, lent_at=None)
    assert backdating.came_back(None, lent_at=None) is None


def test_a_copy_had_come_back_when_it_was_lent_again() -> None:
    backdating = Backdating(NOW, WHY)

    assert NOW + TICK == backdating.came_back(NOW + 2 * TICK, lent_at=NOW + TICK)
    assert NOW + TICK == backdating.came_back(NOW + TICK, lent_at=NOW + 2 * TICK)
    assert NOW + TICK == backdating.came_back(None, lent_at=NOW + TICK)


@pytest.mark.parametrize("before", [timedelta(0), TICK])
def test_nobody_borrows_what_somebody_has(before: timedelta) -> None:
    with pytest.raises(CopyLentThen):
        Backdating(NOW, WHY).came_back(NOW + TICK, lent_at=NOW - before)


def test_what_is_dated_back_says_why_though_nothing_had_to_be_overridden() -> None:
    assessment = decided(terms=BackdatedTerms(why=WHY, by_staff=True))

    assert ((), Override((), WHY)) == (assessment.refusals, assessment.override)


def test_what_staff_could_have_overridden_then_is_refused_until_they_do() -> None:
    blocked, override = MemberBlocked("Ask at the desk."), Override(("member-blocked",), "She paid.")

    refused = decided(blocked, terms=BackdatedTerms(why=WHY, by_staff=True))
    lent = decided(blocked, terms=BackdatedTerms(why=WHY, by_staff=True, override=override))

    assert (["member-blocked"], ()) == ([each.code for each in refused.refusals], lent.refusals)
    assert Override(("member-blocked",), "Power cut. She paid.") == lent.override


def test_nobody_of_the_staff_dates_back_a_loan_of_their_own() -> None:
    assessment = decided(terms=BackdatedTerms(why=WHY, by_staff=True, by_member=ADA))

    assert ["four-eyes"] == [each.code for each in assessment.refusals]
