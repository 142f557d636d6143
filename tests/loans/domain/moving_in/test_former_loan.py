from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loans_service.domain.lending.check_out import Answered
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.lending.loan_status import LoanEventType, LoanStatus
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.domain.money import Money
from loans_service.domain.moving_in.former_loan import WHY, differing, follow, taken_over
from loans_service.domain.moving_in.former_records import FormerLoan, InvalidFormerTime
from loans_service.domain.rules.calendar import Calendar
from tests.loans.makers import ADA, ALWAYS_OPEN, NOW, POLICY, a_copy, a_standing, euros

LONG_AGO = datetime(2026, 2, 9, 15, tzinfo=UTC)
DUE = datetime(2026, 3, 16, 23, 59, 59, tzinfo=UTC)
KNOWN = Answered(a_copy(price=euros(990)), a_standing(category="child"))


def a_former(**facts: Any) -> FormerLoan:
    usual: dict[str, Any] = {
        "barcode": "30000000000019",
        "card_number": "20000000000018",
        "checked_out_at": LONG_AGO,
        "due_at": date(2026, 3, 16),
    }
    return FormerLoan(**usual | facts)


def taken(former: FormerLoan | None = None, *, calendar: Calendar = ALWAYS_OPEN) -> Loan:
    return taken_over(former or a_former(), KNOWN, id=ADA, policy=POLICY, calendar=calendar, now=NOW)


def followed(loan: Loan, **facts: Any) -> bool:
    return follow(loan, a_former(**facts), calendar=ALWAYS_OPEN, now=NOW)


def told(loan: Loan) -> list[tuple[LoanEventType, datetime, str]]:
    return [(event.type, event.at, event.why) for event in loan.take_events() if isinstance(event, LoanEvent)]


def test_a_loan_keeps_its_dates_and_its_renewals_and_gets_the_terms_of_the_rule_that_counts_now() -> None:
    loan = taken(a_former(renewals=1))

    assert (ADA, LONG_AGO, DUE, 1) == (loan.id, loan.checked_out_at, loan.due_at, loan.renewals)
    assert (LoanTerms("child", POLICY.version, 2, "child"), KNOWN.standing.member_id) == (loan.terms, loan.member_id)
    assert (KNOWN.copy.as_circulating(), "MAIN", "UTC", Money(990, "EUR")) == (
        loan.copy, loan.branch, loan.timezone, loan.price,
    )  # fmt: skip
    assert [(LoanEventType.CHECKED_OUT, LONG_AGO, ""), (LoanEventType.TAKEN_OVER, NOW, WHY)] == told(loan)


def test_nobody_is_reminded_of_what_should_have_been_told_before() -> None:
    late = taken(a_former(due_at=date(2026, 2, 20)))

    assert not late.remind(now=NOW)
    assert late.remind_at is not None
    assert late.remind_at > NOW


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"checked_out_at": NOW + timedelta(days=1)}, "checked_out_at"),
        ({"due_at": LONG_AGO}, "due_at"),
        ({"due_at": LONG_AGO - timedelta(days=1)}, "due_at"),
        ({"status": "lost", "status_since": NOW + timedelta(days=1)}, "status_since"),
    ],
)
def test_times_that_cannot_be_are_refused_by_the_name_of_their_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFormerTime) as refused:
        taken(a_former(**facts))

    assert field == refused.value.field


def test_days_and_clocks_are_those_of_the_branch() -> None:
    new_york = Calendar(ZoneInfo("America/New_York"))

    by_day = taken(a_former(checked_out_at=date(2026, 2, 9)), calendar=new_york)
    by_clock = taken(
        a_former(checked_out_at=datetime(2026, 2, 9, 15), due_at=datetime(2026, 3, 16, 18)),  # noqa: DTZ001 - on purpose
        calendar=new_york,
    )

    assert (datetime(2026, 2, 9, 17, tzinfo=UTC), datetime(2026, 3, 17, 3, 59, 59, tzinfo=UTC)) == (
        by_day.checked_out_at, by_day.due_at,
    )  # fmt: skip
    assert (datetime(2026, 2, 9, 20, tzinfo=UTC), datetime(2026, 3, 16, 22, tzinfo=UTC)) == (
        by_clock.checked_out_at, by_clock.due_at,
    )  # fmt: skip


def test_what_began_later_today_began_now() -> None:
    assert NOW == taken(a_former(checked_out_at=NOW + timedelta(hours=1))).checked_out_at


@pytest.mark.parametrize(
    ("status", "event", "stands"),
    [
        ("lost", LoanEventType.DECLARED_LOST, LoanStatus.LOST),
        ("claimed_returned", LoanEventType.CLAIMED_RETURNED, LoanStatus.CLAIMED_RETURNED),
    ],
)
@pytest.mark.parametrize(
    ("facts", "since"),
    [
        ({"status_since": date(2026, 3, 1)}, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ({"due_at": date(2026, 2, 20)}, datetime(2026, 2, 20, 23, 59, 59, tzinfo=UTC)),
        ({}, NOW),
        ({"status_since": date(2026, 1, 1)}, LONG_AGO),
    ],
    ids=["as told", "when it was due", "at latest now", "not before it was lent"],
)
def test_a_missed_copy_is_missed_since_it_was(
    status: str, event: LoanEventType, stands: LoanStatus, facts: dict[str, Any], since: datetime
) -> None:
    loan = taken(a_former(status=status, **facts))

    assert stands is loan.status
    assert [(event, since, WHY), (LoanEventType.TAKEN_OVER, NOW, WHY)] == told(loan)[1:]
    assert since == (loan.lost_at if status == "lost" else loan.claimed_at)


def test_a_file_that_says_the_same_again_is_no_news() -> None:
    loan = taken()

    assert not followed(loan)


def test_another_due_date_and_more_renewals_are_followed_and_fewer_are_not() -> None:
    loan = taken(a_former(renewals=1))
    loan.take_events()

    assert followed(loan, due_at=date(2026, 3, 20), renewals=2)
    assert (datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC), 2) == (loan.due_at, loan.renewals)
    assert [(LoanEventType.DUE_DATE_CHANGED, NOW, WHY)] == told(loan)
    assert not followed(loan, due_at=date(2026, 3, 20), renewals=1)
    assert followed(loan, due_at=date(2026, 2, 20), renewals=1)
    assert (2, False) == (loan.renewals, loan.remind(now=NOW))


def test_a_copy_that_is_missed_now_is_followed_and_one_that_was_found() -> None:
    loan = taken()
    loan.take_events()

    assert followed(loan, status="lost", status_since=date(2026, 3, 1))
    assert not followed(loan, status="lost", due_at=date(2026, 4, 1))
    assert followed(loan)
    assert [
        (LoanEventType.DECLARED_LOST, datetime(2026, 3, 1, 12, tzinfo=UTC), WHY),
        (LoanEventType.FOUND, NOW, WHY),
    ] == told(loan)


def test_a_loan_that_has_ended_here_follows_nothing() -> None:
    loan = taken()
    loan.declare_lost(why="", now=NOW)
    loan.settle(now=NOW)

    assert not followed(loan, due_at=date(2026, 4, 1))


@pytest.mark.parametrize(
    ("facts", "branch", "fields"),
    [
        ({}, "MAIN", []),
        ({"renewals": 1, "due_at": date(2026, 3, 20), "branch": "main"}, "main", []),
        ({"checked_out_at": LONG_AGO + timedelta(hours=8)}, "MAIN", []),
        ({"checked_out_at": LONG_AGO + timedelta(days=1)}, "MAIN", ["checked_out_at"]),
        ({"branch": "EAST"}, "EAST", ["branch"]),
        ({}, "EAST", []),
    ],
)
def test_in_what_a_loan_does_not_follow_the_other_system_is_told(
    facts: dict[str, Any], branch: str, fields: list[str]
) -> None:
    loan = taken()
    followed(loan, **facts)

    assert fields == differences_of(loan, branch, **facts)


def test_a_loan_that_goes_on_otherwise_here_differs_in_that() -> None:
    renewed, lost = taken(a_former(renewals=2)), taken(a_former(status="lost"))
    claimed: dict[str, Any] = {"status": "claimed_returned", "due_at": date(2026, 4, 1)}
    followed(lost, **claimed)

    assert ["renewals"] == differences_of(renewed, renewals=1)
    assert ["due_at", "status"] == differences_of(lost, **claimed)


def differences_of(loan: Loan, in_branch: str = "MAIN", **facts: Any) -> list[str]:
    differs = differing(loan, a_former(**facts), branch=in_branch, calendar=ALWAYS_OPEN)
    return [field for one in differs for field in one.figures["fields"]]


def test_a_day_is_another_one_by_the_clock_of_the_branch() -> None:
    calendar = Calendar(ZoneInfo("Pacific/Auckland"))
    loan = taken(a_former(checked_out_at=date(2026, 2, 9)), calendar=calendar)
    early, before = datetime(2026, 2, 9, 0, 30), datetime(2026, 2, 8, 23, 30)  # noqa: DTZ001 - by the clock of the branch

    differs = [
        differing(loan, a_former(checked_out_at=one, due_at=loan.due_at), branch="MAIN", calendar=calendar)
        for one in (early, before)
    ]

    assert [False, True] == [bool(one) for one in differs]


def test_the_category_and_the_item_type_say_which_rule_counts() -> None:
    dvd = replace(KNOWN, copy=a_copy(item_type="dvd"))

    loan = taken_over(a_former(), dvd, id=ADA, policy=POLICY, calendar=ALWAYS_OPEN, now=NOW)

    assert 1 == loan.terms.renewals_allowed
    assert None is loan.price
