"""Lost copies by rule: when they count as lost, what that costs and when, and what comes back."""

from datetime import timedelta
from typing import Any

import pytest

from tests.loans.api.conftest import Service
from tests.loans.api.situations import change_rules, sweep
from tests.loans.makers import ADA

DAY = timedelta(days=1)


async def lost_by_rule(service: Service, **terms: Any) -> dict[str, Any]:
    await change_rules(service, fine=None, lost=terms)
    loan: dict[str, Any] = (await service.check_out()).json()
    return loan


async def owed(service: Service, loan: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return amount and what is owed of each charge for a loan, by its reason."""
    found = (await service.get(f"/v1/fines?loan_id={loan['loan_id']}")).json()["items"]
    return {fine["reason"]: (fine["amount"]["amount"], fine["owed"]["amount"]) for fine in found}


async def status(service: Service, loan: dict[str, Any]) -> str:
    found: str = (await service.get(f"/v1/loans/{loan['loan_id']}")).json()["status"]
    return found


async def test_a_rule_says_after_how_many_days_a_copy_counts_as_lost_and_what_it_costs(service: Service) -> None:
    loan = await lost_by_rule(service, after_days_overdue=7, default_price={"amount": 90}, processing={"amount": 0})
    service.clock.pass_by(28 * DAY)
    early = (await sweep(service)).lost
    service.clock.pass_by(DAY)

    assert (0, 1) == (early, (await sweep(service)).lost)
    assert {"lost": (90, 90)} == await owed(service, loan)


@pytest.mark.parametrize(("refund_processing", "left"), [(False, 500), (True, 0)])
async def test_the_processing_of_a_copy_that_is_found_comes_back_where_the_rule_says_so(
    service: Service, refund_processing: bool, left: int
) -> None:
    loan = await lost_by_rule(service, refund_processing=refund_processing)
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})

    await service.bring_back()

    assert {"lost": (2500, 0), "processing": (500, left)} == await owed(service, loan)


async def test_what_counts_as_lost_by_its_age_is_billed_later_where_the_rule_says_so(service: Service) -> None:
    loan = await lost_by_rule(service, after_days_overdue=7, bill_after_days=14)
    service.clock.pass_by(30 * DAY)
    lost = await sweep(service)
    service.clock.pass_by(13 * DAY)
    before = await sweep(service), await owed(service, loan)
    service.clock.pass_by(DAY)

    billed, again = await sweep(service), await sweep(service)

    assert (1, 0, {}) == (lost.lost, before[0].billed, before[1])
    assert (1, 0) == (billed.billed, again.billed)
    assert {"lost": (2500, 2500), "processing": (500, 500)} == await owed(service, loan)
    assert "lost" == await status(service, loan)


@pytest.mark.parametrize("found_by", ["library", "borrower"])
async def test_what_turns_up_before_it_is_billed_costs_nothing(service: Service, found_by: str) -> None:
    loan = await lost_by_rule(service, after_days_overdue=7, bill_after_days=14)
    service.clock.pass_by(30 * DAY)
    await sweep(service)
    await service.post(f"/v1/loans/{loan['loan_id']}/found", {"found_by": found_by})
    service.clock.pass_by(14 * DAY)

    assert 0 == (await sweep(service)).billed
    assert {} == await owed(service, loan)


async def test_staff_say_what_an_unbilled_loss_really_costs_and_it_is_billed_at_once(service: Service) -> None:
    loan = await lost_by_rule(service, after_days_overdue=7, bill_after_days=14)
    service.clock.pass_by(30 * DAY)
    await sweep(service)
    price = {"price": {"amount": 1234, "currency": "EUR"}}

    for _ in range(2):
        assert 200 == (await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", price)).status_code
    service.clock.pass_by(14 * DAY)

    assert 0 == (await sweep(service)).billed
    assert {"lost": (1234, 1234), "processing": (500, 500)} == await owed(service, loan)


async def test_paying_something_else_does_not_close_a_loss_that_is_not_billed_yet(service: Service) -> None:
    await change_rules(
        service,
        fine=None,
        rental={"amount": {"amount": 100}},
        lost={"after_days_overdue": 7, "bill_after_days": 14},
    )
    loan = (await service.check_out()).json()
    service.clock.pass_by(30 * DAY)
    await sweep(service)

    paid = {"amount": {"amount": 100, "currency": "EUR"}}
    assert 200 == (await service.post(f"/v1/borrowers/{ADA}/payments", paid)).status_code

    assert "lost" == await status(service, loan)


async def test_the_account_says_how_often_somebody_claimed_to_have_returned_something(service: Service) -> None:
    loan = await lost_by_rule(service)
    for _ in range(2):
        await service.post(f"/v1/loans/{loan['loan_id']}/claim-returned", {})
        await service.post(f"/v1/loans/{loan['loan_id']}/found", {"found_by": "borrower"})

    assert 2 == (await service.get(f"/v1/borrowers/{ADA}")).json()["claims"]
