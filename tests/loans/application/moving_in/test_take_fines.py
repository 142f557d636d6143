"""Debts of another system come in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loans_service.persistence.fines.fine_tables import fine_entries, fines
from loans_service.persistence.tables import loans
from shared.kernel import file_records
from shared.kernel.file_records import Counts, TooManyRecords
from tests.loans.application.moving_in.conftest import NewHome
from tests.loans.application.moving_in.test_take_loans import LOAN
from tests.loans.makers import ADA

DEBT = {"card_number": "ADA", "reason": "overdue", "amount": 500, "paid": 200, "since": "2026-01-15"}


async def test_a_debt_is_owed_as_far_as_it_was_not_paid(home: NewHome) -> None:
    whole = await home.bring("fines", DEBT)

    (fine,) = await home.rows(fines)
    assert (Counts(read=1, created=1), ()) == (whole.counts, whole.errors)
    assert (ADA, 500, 200, 300, "owed", datetime(2026, 1, 15, 12, tzinfo=UTC)) == tuple(
        fine[name] for name in ("member_id", "amount", "paid", "owed", "status", "charged_at")
    )
    assert [("loans.fine.charged", True), ("loans.fine.paid", True)] == await home.told()
    assert (300, 300) == await home.branch.balance(fine["fine_id"])


async def test_a_file_is_read_no_further_than_an_import_takes_records(
    home: NewHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_records, "MOST_RECORDS", 2)

    with pytest.raises(TooManyRecords):
        await home.bring("fines", *(DEBT | {"external_id": str(number)} for number in range(5)))

    assert 2 == len(await home.rows(fines))


async def test_amounts_with_a_point_are_in_major_units(home: NewHome) -> None:
    await home.bring("fines", DEBT | {"amount": "12.5", "paid": "0,75", "reason": "card"})

    (fine,) = await home.rows(fines)
    assert (1250, 75) == (fine["amount"], fine["paid"])


async def test_a_debt_about_a_copy_on_loan_belongs_to_that_loan_and_settles_it(home: NewHome) -> None:
    await home.bring("loans", LOAN | {"status": "lost"})
    await home.bring("fines", DEBT | {"reason": "lost", "barcode": LOAN["barcode"]})

    (fine,), (loan,) = await home.rows(fines), await home.rows(loans)
    assert loan["loan_id"] == fine["loan_id"]
    await home.branch.pay(fine["fine_id"], 300)
    assert (await home.rows(loans))[0]["settled_at"] is not None


@pytest.mark.parametrize(("charged", "left"), [(250, [250, 350]), (600, [600]), (900, [900])])
async def test_what_lateness_has_cost_in_the_former_system_is_not_charged_once_more_when_the_copy_comes_back(
    home: NewHome, charged: int, left: list[int]
) -> None:
    await home.bring("loans", LOAN)  # by the rules here it costs 600
    debt = DEBT | {"amount": charged, "paid": 100, "since": "2026-02-02", "barcode": LOAN["barcode"]}
    await home.bring("fines", debt)

    await home.branch.scan(LOAN["barcode"])

    assert left == sorted(row["amount"] for row in await home.rows(fines))


async def test_a_debt_that_is_older_than_the_loan_of_its_copy_belongs_to_an_earlier_one(home: NewHome) -> None:
    await home.bring("loans", LOAN)
    await home.bring(
        "fines", *(DEBT | {"since": day, "barcode": LOAN["barcode"]} for day in ("2026-01-09", "2026-01-10"))
    )

    (loan,) = await home.rows(loans)
    assert {9: None, 10: loan["loan_id"]} == {row["charged_at"].day: row["loan_id"] for row in await home.rows(fines)}


async def test_the_same_file_again_changes_nothing_and_further_payments_follow(home: NewHome) -> None:
    record = DEBT | {"external_id": "f-1"}
    await home.bring("fines", record, DEBT)

    again = await home.bring("fines", record | {"paid": 450}, DEBT)

    assert Counts(read=2, updated=1, skipped=1) == again.counts
    assert [50, 300] == sorted(row["owed"] for row in await home.rows(fines))


async def test_the_amount_at_which_borrowing_stops_is_reported_once(home: NewHome) -> None:
    whole = await home.bring("fines", *(DEBT | {"amount": 600 + n, "paid": 0} for n in range(3)))

    assert Counts(read=3, created=3) == whole.counts
    assert [(2, "fines-owed")] == [(error.record, error.code) for error in whole.errors]


@pytest.mark.parametrize(
    ("change", "counted", "told"),
    [
        ({"paid": 450}, "updated", []),
        ({"amount": 600}, "skipped", ["record-differs amount"]),
        ({"amount": 600, "paid": 450}, "updated", ["record-differs amount"]),
        ({"reason": "lost", "since": "2026-01-16"}, "skipped", ["record-differs reason, since"]),
        ({"card_number": "KIM"}, "skipped", ["record-differs card_number"]),
        ({"note": "Ask Kim."}, "skipped", []),
    ],
)
async def test_in_what_a_debt_does_not_follow_its_record_is_told_once(
    home: NewHome, change: dict[str, Any], counted: str, told: list[str]
) -> None:
    await home.bring("fines", DEBT | {"external_id": "f-1"})

    again = await home.bring_again("fines", DEBT | {"external_id": "f-1"} | change)

    assert ({counted: 1}, told) == again
    assert [500] == [row["amount"] for row in await home.rows(fines)]


async def test_a_debt_that_is_not_on_record_any_more_does_not_come_back_and_that_is_told(home: NewHome) -> None:
    await home.bring("fines", DEBT | {"external_id": "f-1"})
    async with home.branch.database.engine.begin() as connection:
        await connection.execute(fine_entries.delete())
        await connection.execute(fines.delete())

    again = await home.bring_again("fines", DEBT | {"external_id": "f-1", "paid": 450})

    assert ({"skipped": 1}, ["record-ended"]) == again
    assert [] == await home.rows(fines)


async def test_a_debt_that_was_forgiven_here_is_not_paid_any_more_and_that_is_told(home: NewHome) -> None:
    await home.bring("fines", DEBT | {"external_id": "f-1"})
    (fine,) = await home.rows(fines)
    await home.branch.waive(fine["fine_id"])

    again = await home.bring_again("fines", DEBT | {"external_id": "f-1", "paid": 450})

    assert ({"skipped": 1}, ["record-differs paid"]) == again


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "mood"}, "unknown-charge-kind"),
        ({"currency": "USD"}, "other-currency"),
        ({"paid": 501}, "payment-exceeds-owed"),
        ({"amount": 0}, "invalid-field"),
        ({"amount": "12.345"}, "invalid-field"),
        ({"since": "2027-01-01"}, "invalid-time"),
        ({"barcode": "NONE"}, "copy-not-found"),
    ],
)
async def test_a_bad_record_is_told_with_what_is_wrong(home: NewHome, change: dict[str, Any], code: str) -> None:
    whole = await home.bring("fines", DEBT | change, DEBT)

    assert (1, 1, [code]) == (whole.counts.created, whole.counts.failed, [error.code for error in whole.errors])
