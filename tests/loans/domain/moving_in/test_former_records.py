from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from loans_service.domain.fines.fine import FineEvent, FineStatus, PaymentExceedsOwed, Posting
from loans_service.domain.moving_in.former_debt import differing, expect_reason, follow, is_of, taken_over
from loans_service.domain.moving_in.former_records import (
    BookNotNamed,
    CopyNotNamed,
    FormerDebt,
    FormerHold,
    FormerLoan,
    InvalidFormerTime,
    SuspendedWithCopy,
    beginning,
    differences,
    end,
    not_after,
    start,
)
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.charge_kinds import UnknownChargeKind
from shared.kernel.ids import new_id
from tests.loans.makers import ADA, NOW, POLICY, UTC_ZONE, a_loan, euros

LOAN = new_id()
DAY = date(2026, 2, 10)
NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def a_debt(**facts: Any) -> FormerDebt:
    usual: dict[str, Any] = {"card_number": "ab1", "reason": "lost", "amount": 500, "since": DAY}
    return FormerDebt(**usual | facts)


def taken(debt: FormerDebt, zone: ZoneInfo = UTC_ZONE) -> Any:
    return taken_over(debt, id=LOAN, member_id=ADA, loan_id=LOAN, currency="EUR", zone=zone, now=NOW)


def test_a_debt_is_owed_since_then_with_what_was_paid_of_it() -> None:
    fine = taken(a_debt(paid=200, note="Coffee."))

    assert (LOAN, LOAN, ADA, "lost", 500, "EUR", 300, FineStatus.OWED) == (
        fine.id, fine.loan_id, fine.member_id, fine.reason, fine.amount, fine.currency, fine.owed, fine.status,
    )  # fmt: skip
    assert [
        FineEvent(Posting.CHARGED, fine, euros(500), NOON, "Coffee."),
        FineEvent(Posting.PAID, fine, euros(200), NOON),
    ] == fine.take_events()


def test_a_debt_of_which_nothing_is_known_but_the_amount_is_owed_whole() -> None:
    fine = taken(a_debt(), ZoneInfo("America/New_York"))

    assert [FineEvent(Posting.CHARGED, fine, euros(500), NOON + timedelta(hours=5), "")] == fine.take_events()


def test_a_debt_lies_in_the_past_and_is_not_overpaid() -> None:
    with pytest.raises(InvalidFormerTime) as refused:
        taken(a_debt(since=NOW + timedelta(days=1)))
    assert "since" == refused.value.field
    with pytest.raises(PaymentExceedsOwed):
        taken(a_debt(paid=501))


def test_a_debt_follows_what_was_paid_since_and_no_further_than_what_is_owed() -> None:
    fine = taken(a_debt(paid=200))
    fine.take_events()

    assert not follow(fine, a_debt(paid=200), now=NOW)
    assert not follow(fine, a_debt(paid=100), now=NOW)
    assert follow(fine, a_debt(paid=300), now=NOW)
    assert [FineEvent(Posting.PAID, fine, euros(100), NOW)] == fine.take_events()
    assert follow(fine, a_debt(paid=900), now=NOW)
    assert (FineStatus.PAID, 500) == (fine.status, fine.paid)
    assert not follow(fine, a_debt(paid=901), now=NOW)


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({}, []),
        ({"paid": 100, "note": "Bicycle."}, []),
        ({"paid": 201}, ["paid"]),
        ({"amount": 400}, ["amount"]),
        ({"reason": "overdue", "since": DAY + timedelta(days=1)}, ["reason", "since"]),
    ],
)
def test_nothing_that_was_posted_changes_and_in_what_the_other_system_differs_is_told(
    facts: dict[str, Any], fields: list[str]
) -> None:
    fine = taken(a_debt(paid=200))

    assert fields == differences_of(fine, **facts)
    assert 500 == fine.amount


def test_a_debt_of_somebody_else_or_about_another_loan_differs() -> None:
    fine = taken(a_debt())

    assert ["card_number"] == differences_of(fine, member_id=new_id())
    assert ["barcode"] == differences_of(fine, loan_id=new_id())
    assert [] == differences_of(fine, loan_id=None), "the loan has ended"


def differences_of(fine: Any, *, member_id: UUID = ADA, loan_id: UUID | None = LOAN, **facts: Any) -> list[str]:
    differs = differing(fine, a_debt(**facts), member_id=member_id, loan_id=loan_id, zone=UTC_ZONE)
    return [field for one in differs for field in one.figures["fields"]]


@pytest.mark.parametrize(
    ("since", "belongs"),
    [(DAY, True), (DAY + timedelta(days=9), True), (DAY - timedelta(days=1), False), (NOON - timedelta(hours=4), True)],
)
def test_a_debt_about_a_copy_is_one_of_its_open_loan_unless_it_is_older(since: date | datetime, belongs: bool) -> None:
    loan = a_loan(member_id=ADA, now=NOON)

    assert belongs == is_of(a_debt(since=since), loan, member_id=ADA, zone=UTC_ZONE)
    assert not is_of(a_debt(since=since), loan, member_id=new_id(), zone=UTC_ZONE)


def test_of_which_day_a_loan_and_a_debt_are_is_told_by_the_clock_of_the_branch() -> None:
    late_that_day = a_loan(member_id=ADA, now=datetime(2026, 2, 11, 3, tzinfo=UTC))
    early_next_day = a_loan(member_id=ADA, now=datetime(2026, 2, 11, 6, tzinfo=UTC))
    at_eleven, at_two = datetime(2026, 2, 10, 23), datetime(2026, 2, 11, 2)  # noqa: DTZ001 - by the clock of the branch

    assert is_of(a_debt(), late_that_day, member_id=ADA, zone=NEW_YORK)
    assert is_of(a_debt(since=at_eleven), late_that_day, member_id=ADA, zone=NEW_YORK)
    assert not is_of(a_debt(since=at_eleven), early_next_day, member_id=ADA, zone=NEW_YORK)
    assert is_of(a_debt(since=at_two), early_next_day, member_id=ADA, zone=NEW_YORK)
    assert not is_of(a_debt(), late_that_day, member_id=ADA, zone=UTC_ZONE)


def test_a_difference_names_its_fields() -> None:
    (differs,) = differences({"amount": True, "reason": False, "since": True})

    assert "record-differs" == differs.code
    assert "the file says otherwise: amount, since." in differs.detail
    assert () == differences({"amount": False})


@pytest.mark.parametrize("reason", ["overdue", "lost", "processing", "damage"])
def test_a_debt_is_one_that_loans_or_staff_charge(reason: str) -> None:
    expect_reason(a_debt(reason=reason), POLICY)


def test_another_reason_is_refused_with_all_that_there_are() -> None:
    with pytest.raises(UnknownChargeKind) as refused:
        expect_reason(a_debt(reason="parking"), POLICY)

    assert [
        "overdue",
        "lost",
        "processing",
        "enrolment",
        "membership",
        "damage",
        "card",
        "fee",
    ] == refused.value.figures["kinds"]


def test_a_hold_names_what_is_waited_for_once_and_the_copy_that_is_kept_for_it() -> None:
    hold: dict[str, Any] = {"card_number": "ab1", "placed_at": NOW}
    for name in ("isbn", "book_id", "book", "barcode"):
        FormerHold(**hold | {name: "x"})
    wrongly: tuple[dict[str, Any], ...] = ({}, {"isbn": "x", "book": "x"})
    for wrong in wrongly:
        with pytest.raises(BookNotNamed):
            FormerHold(**hold, **wrong)
    with pytest.raises(CopyNotNamed):
        FormerHold(**hold, isbn="x", status="ready")
    assert "C-1" == FormerHold(**hold, isbn="x", status="ready", copy_barcode="C-1").copy_barcode
    names = ("isbn", "book_id", "book", "barcode")
    assert names == tuple(FormerHold(**hold | {name: "x"}).named_by for name in names)


@pytest.mark.parametrize("facts", [{"suspended": True}, {"suspended_until": DAY}])
def test_a_hold_whose_copy_is_there_lets_nobody_pass(facts: dict[str, Any]) -> None:
    hold: dict[str, Any] = {"card_number": "ab1", "placed_at": NOW, "book": "Emma"}

    assert "waiting" == FormerHold(**hold, **facts).status
    for status in ("in_transit", "ready"):
        with pytest.raises(SuspendedWithCopy):
            FormerHold(**hold, **facts, status=status, copy_barcode="C-1")
    assert FormerHold(**hold, suspended=False, suspended_until=DAY, status="ready", copy_barcode="C-1").copy_barcode


def test_without_an_external_id_a_record_is_known_by_what_it_is_about_whatever_the_case() -> None:
    loan = FormerLoan(barcode="c-1", card_number="ab1", checked_out_at=NOW, due_at=DAY)

    assert ("C-1", "AB1", NOW) == loan.natural_key
    assert ("AB1", "lost", DAY, 500, "C-1") == a_debt(barcode="c - 1").natural_key
    assert ("AB1", "lost", DAY, 500, "") == a_debt().natural_key
    assert ("AB1", None, None, None, "C-1") == FormerHold(card_number="ab1", placed_at=NOW, barcode="c -1").natural_key
    assert ("AB1", "i", None, None, "") == FormerHold(card_number="ab1", placed_at=NOW, isbn="i").natural_key


def test_a_moment_of_the_past_stays_one_of_today_is_now_and_one_of_tomorrow_cannot_be() -> None:
    assert NOON == not_after(NOON, NOW, field="since")
    assert NOW == not_after(NOW, NOW, field="since") == not_after(NOW + timedelta(hours=1), NOW, field="since")
    with pytest.raises(InvalidFormerTime, match=r"^since: this cannot be; it lies in the future") as refused:
        not_after(NOW + timedelta(days=1), NOW, field="since")
    assert "since" == refused.value.field


@pytest.mark.parametrize(
    ("moment", "begins", "ends"),
    [
        (DAY, NOON + timedelta(hours=5), datetime(2026, 2, 11, 4, 59, 59, tzinfo=UTC)),
        (datetime(2026, 2, 10, 8), datetime(2026, 2, 10, 13, tzinfo=UTC), datetime(2026, 2, 10, 13, tzinfo=UTC)),  # noqa: DTZ001 - as a file says it
        (NOON, NOON, NOON),
    ],
)
def test_a_time_without_a_zone_is_told_by_the_clock_of_the_branch_and_kept_in_utc(
    moment: date | datetime, begins: datetime, ends: datetime
) -> None:
    found = beginning(moment, NEW_YORK), end(moment, Calendar(NEW_YORK))

    assert (begins, ends) == found
    assert [UTC, UTC] == [each.tzinfo for each in found]


def test_what_goes_on_on_a_day_does_so_from_its_beginning_and_else_from_the_moment() -> None:
    new_york = Calendar(NEW_YORK)

    assert datetime(2026, 2, 10, 5, tzinfo=UTC) == start(DAY, new_york)
    assert datetime(2026, 2, 10, 13, tzinfo=UTC) == start(datetime(2026, 2, 10, 8), new_york)  # noqa: DTZ001 - as a file says it
