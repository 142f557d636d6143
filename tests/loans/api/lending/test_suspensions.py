"""Lateness that suspends borrowing, at the desk."""

from datetime import timedelta

import pytest

from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.situations import change_rules, shelve, suspend
from tests.loans.makers import ADA

HERS = f"/v1/borrowers/{ADA}"
DAY = timedelta(days=1)
LIFT = f"{HERS}/suspension/lift"
REASON = {"reason": "The book drop was locked over Easter."}


async def test_a_late_return_says_until_when_borrowing_is_suspended_and_so_does_the_borrower(service: Service) -> None:
    returned = await suspend(service)

    borrower = (await service.get(HERS, token=ADAS)).json()
    refused = await service.check_out()

    assert ("2026-04-01", None) == (returned["suspended_until"], returned["fine"]), "back on 26 March, 3 days late"
    assert "2026-04-01" == borrower["suspended_until"]
    assert (["suspended-for-lateness"], False) == (
        [each["code"] for each in borrower["refusals"]],
        borrower["may_borrow"],
    )
    assert ["suspended-for-lateness"] == codes_of(refused)
    assert "2026-04-01" == refused.json()["errors"][0]["until"]
    assert "until the end of 2026-04-01" in refused.json()["detail"]


async def test_on_the_day_after_everything_is_lent_again(service: Service) -> None:
    await suspend(service)
    service.clock.pass_by(6 * DAY)
    last_day = await service.check_out()
    service.clock.pass_by(DAY)

    borrower = (await service.get(HERS)).json()

    assert ["suspended-for-lateness"] == codes_of(last_day)
    assert (None, []) == (borrower["suspended_until"], borrower["refusals"])
    assert 201 == (await service.check_out()).status_code


async def test_staff_override_a_suspension_once_or_lift_it(service: Service) -> None:
    await suspend(service)
    override = {"codes": ["suspended-for-lateness"], "comment": "For the exam."}
    once = await service.check_out(override=override)
    again = await service.check_out(copy_barcode=shelve(service, "NEXT"))

    lifted = await service.post(LIFT, REASON)
    free = await service.check_out(copy_barcode="NEXT")
    nothing_left = await service.post(LIFT, REASON)

    assert (201, ["suspended-for-lateness"]) == (once.status_code, codes_of(again))
    assert (200, "2026-04-01") == (lifted.status_code, lifted.json()["suspended_until"])
    assert (201, 409) == (free.status_code, nothing_left.status_code)
    assert ["not-suspended-for-lateness"] == codes_of(nothing_left)


@pytest.mark.parametrize(("adds_up", "until"), [(False, "2026-04-01"), (True, "2026-04-07")])
async def test_a_second_copy_that_is_late_adds_up_where_the_rule_says_so(
    service: Service, adds_up: bool, until: str
) -> None:
    await change_rules(service, fine=None, suspension={"days_per_day": 2, "adds_up": adds_up})
    barcodes = [shelve(service, barcode) for barcode in ("FIRST", "SECOND")]
    for barcode in barcodes:
        await service.check_out(copy_barcode=barcode)
    service.clock.pass_by(24 * DAY)

    ends = [(await service.bring_back(copy_barcode=each)).json()["suspended_until"] for each in barcodes]

    assert ["2026-04-01", until] == ends


async def test_what_came_back_late_is_handed_out_with_the_rest_and_stays_with_the_person(service: Service) -> None:
    await suspend(service)

    (known,) = (await service.get(f"{HERS}/export", token=ADAS)).json()["suspensions"]

    assert ("2026-03-26", "2026-04-01", 6, None) == (
        known["starts_on"], known["ends_on"], known["days"], known["lifted_at"],
    )  # fmt: skip


async def test_a_late_loan_that_staff_renew_all_the_same_suspends_too(service: Service) -> None:
    await change_rules(service, fine=None, suspension={"days_per_day": 1})
    loan = (await service.check_out()).json()
    service.clock.pass_by(25 * DAY)
    refused = await service.post(f"/v1/loans/{loan['loan_id']}/renew", {})
    override = {"override": {"codes": ["too-overdue-to-renew"], "comment": "Ill."}}

    renewed = await service.post(f"/v1/loans/{loan['loan_id']}/renew", override)
    borrower = (await service.get(HERS)).json()

    assert ["too-overdue-to-renew"] == codes_of(refused)
    assert (200, "2026-03-31") == (renewed.status_code, borrower["suspended_until"])
