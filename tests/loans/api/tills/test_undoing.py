"""Payments that are undone by who took them, or refunded."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.fines.charging import charge, eur, pay
from tests.loans.api.situations import change_rules, hear_that_ada_leaves
from tests.loans.api.tills.at_the_till import (
    CLERK,
    COLLEAGUE,
    balance,
    cash_up,
    credit,
    drawer,
    lose_and_pay,
    make_till,
    open_till,
    owed,
    paid,
    refund,
    void,
)
from tests.loans.makers import ADA, a_standing


async def test_a_payment_that_was_undone_is_owed_again_and_has_a_receipt_of_its_own(service: Service) -> None:
    await make_till(service)
    taken = await paid(service, 300)

    undone = await void(service, taken["number"])

    receipt = undone.json()
    assert (200, "void", "DESK-1-2026-000002") == (undone.status_code, receipt["kind"], receipt["number"])
    assert (taken["number"], eur(300), "cash") == (receipt["reverses"], receipt["total"], receipt["method"])
    assert (300, 10_000) == (await owed(service), await drawer(service))
    shown = (await service.get(f"/v1/receipts/{taken['number']}", CLERK)).json()
    assert [eur(300)] == [line["given_back"] for line in shown["lines"]]


async def test_a_payment_over_several_fines_is_undone_as_a_whole(service: Service) -> None:
    await make_till(service)
    for amount in (300, 200):
        await charge(service, amount)
    number = (await pay(service, 450, till="DESK-1", token=CLERK)).json()["receipt"]["number"]

    undone = await void(service, number)

    assert [eur(150), eur(300)] == [line["amount"] for line in undone.json()["lines"]]
    assert 500 == await owed(service)


async def test_a_payment_is_undone_once_even_if_it_is_repeated(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]

    first, again = [await void(service, number, key="k-1") for _ in range(2)]
    another = await void(service, number)

    assert first.json() == again.json()
    assert (409, ["already-given-back"]) == (another.status_code, codes_of(another))
    assert 300 == await owed(service)
    await balance(service)


async def test_only_who_took_a_payment_undoes_it_and_only_until_the_till_is_cashed_up(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]

    by_another = await void(service, number, COLLEAGUE)
    await cash_up(service, 10_300)
    when_closed = await void(service, number)
    await open_till(service, 10_300)
    too_late = await void(service, number)
    refunded = await refund(service, number, token=COLLEAGUE)

    assert (403, ["taken-by-another"]) == (by_another.status_code, codes_of(by_another))
    assert (409, ["session-over"]) == (when_closed.status_code, codes_of(when_closed))
    assert (409, ["session-over"]) == (too_late.status_code, codes_of(too_late))
    assert (200, 300) == (refunded.status_code, await owed(service))
    assert 10_000 == await drawer(service)


async def test_a_part_is_refunded_for_a_reason_that_only_staff_read_and_the_rest_later(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]

    part, rest = await refund(service, number, 100), await refund(service, number)
    nothing = await refund(service, number)

    assert [(eur(100), "refund"), (eur(200), "refund")] == [
        (answer.json()["total"], answer.json()["kind"]) for answer in (part, rest)
    ]
    assert "Charged by mistake." == part.json()["why"]
    assert ["already-given-back"] == codes_of(nothing)
    (fine,) = (await service.get(f"/v1/fines?member_id={ADA}")).json()["items"]
    assert (eur(300), eur(300), eur(300)) == (fine["owed"], fine["paid"], fine["refunded"])
    given = (await balance(service))["money"]["given_back"]
    assert {"cash": eur(300)} == given


async def test_a_part_that_was_refunded_cannot_be_undone_with_the_rest(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]
    await refund(service, number, 1)

    assert ["already-given-back"] == codes_of(await void(service, number))


async def test_more_than_is_left_is_not_refunded(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]
    await refund(service, number, 100)

    refused = await refund(service, number, 201)

    assert ["refund-exceeds-paid"] == codes_of(refused)
    assert eur(200) == refused.json()["errors"][0]["left"]


async def test_a_refund_is_neither_undone_nor_refunded(service: Service) -> None:
    await make_till(service)
    number = (await refund(service, (await paid(service, 300))["number"])).json()["number"]

    for answer in (await void(service, number), await refund(service, number)):
        assert (409, ["receipt-not-a-payment"]) == (answer.status_code, codes_of(answer))


@pytest.mark.parametrize(("method", "cash"), [("cash", 10_000), ("card", 10_300), ("transfer", 10_300)])
async def test_money_may_go_back_otherwise_than_it_came(service: Service, method: str, cash: int) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]

    answer = await refund(service, number, method=method)

    assert (method, cash) == (answer.json()["method"], await drawer(service))


async def test_a_refund_may_be_left_as_credit(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]

    answer = await refund(service, number, method="credit")

    assert (200, 300, 300) == (answer.status_code, await credit(service), await owed(service))
    assert 10_300 == await drawer(service)


async def test_what_is_owed_to_the_member_already_is_not_refunded_as_well(service: Service) -> None:
    await make_till(service)
    taken = await lose_and_pay(service)
    await service.bring_back()

    undone = await void(service, taken["number"])
    refunded = await refund(service, taken["number"])

    assert ["already-given-back"] == codes_of(undone)
    assert (eur(500), ["processing"]) == (
        refunded.json()["total"],
        [line["reason"] for line in refunded.json()["lines"]],
    )
    assert (2500, 500) == (await credit(service), await owed(service))
    await balance(service)


async def test_what_was_undone_may_be_forgiven_afterwards(service: Service) -> None:
    await make_till(service)
    taken = await paid(service, 300)
    await refund(service, taken["number"])

    fine = taken["lines"][0]["fine_id"]
    waived = await service.post(f"/v1/fines/{fine}/waive", {"reason": "A flood."}, token=ADMIN)

    assert ("waived", 0) == (waived.json()["status"], await owed(service))
    await balance(service)


async def test_a_payment_whose_payer_was_forgotten_is_not_given_back(service: Service) -> None:
    await make_till(service)
    number = (await paid(service, 300))["number"]
    await hear_that_ada_leaves(service)

    for answer in (await void(service, number), await refund(service, number)):
        assert (409, ["payer-forgotten"]) == (answer.status_code, codes_of(answer))
    shown = (await service.get(f"/v1/receipts/{number}", CLERK)).json()
    assert (None, [None], eur(300)) == (
        shown["member_id"],
        [line["fine_id"] for line in shown["lines"]],
        shown["total"],
    )
    await balance(service)


DEPOSIT = {"deposit": {"amount": 500}}


async def lost_with_a_deposit(service: Service) -> tuple[str, str]:
    """Let Ada leave a deposit, lose the copy and pay for it; return the loan and the number of the last receipt."""
    await make_till(service)
    await change_rules(service, **DEPOSIT)
    loan_id = (await service.check_out()).json()["loan_id"]
    assert 200 == (await pay(service, 500, till="DESK-1", token=CLERK)).status_code
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    answer = await pay(service, 3000, till="DESK-1", token=CLERK)
    assert "lost_and_paid" == await status(service, loan_id)
    return loan_id, answer.json()["receipt"]["number"]


async def status(service: Service, loan_id: str) -> str:
    shown: str = (await service.get(f"/v1/loans/{loan_id}")).json()["status"]
    return shown


@pytest.mark.parametrize("give_back", [void, refund])
async def test_a_lost_copy_that_is_no_longer_paid_for_is_lost_again_and_its_deposit_kept(
    service: Service, give_back: Callable[..., Awaitable[Any]]
) -> None:
    loan_id, number = await lost_with_a_deposit(service)
    before = (await owed(service), await credit(service))

    assert 200 == (await give_back(service, number)).status_code

    assert ((0, 500), "lost") == (before, await status(service, loan_id))
    assert (3000, 0) == (await owed(service), await credit(service))
    assert 1 == (await service.get(f"/v1/borrowers/{ADA}")).json()["open_loans"]
    assert 10_500 == await drawer(service)


async def test_a_deposit_that_was_paid_out_meanwhile_is_owed_again(service: Service) -> None:
    loan_id, number = await lost_with_a_deposit(service)
    (due,) = (await service.get("/v1/payouts")).json()["items"]
    await service.post(f"/v1/payouts/{due['payout_id']}/paid", {"till": "DESK-1"}, token=CLERK)

    await refund(service, number, 1000)

    assert ("lost", 1500) == (await status(service, loan_id), await owed(service))
    assert 12_000 == await drawer(service)


@pytest.mark.parametrize("forgiven", [200, 500])
async def test_what_was_forgiven_of_a_deposit_stays_forgiven_when_it_is_taken_again(
    service: Service, forgiven: int
) -> None:
    await make_till(service)
    await change_rules(service, **DEPOSIT)
    loan_id = (await service.check_out()).json()["loan_id"]
    (deposit,) = (await service.get(f"/v1/fines?loan_id={loan_id}")).json()["items"]
    await service.post(f"/v1/fines/{deposit['fine_id']}/waive", {"reason": "A regular.", "amount": eur(forgiven)})
    if forgiven < 500:
        await pay(service, 500 - forgiven, till="DESK-1", token=CLERK)
    service.clock.pass_by(timedelta(minutes=1))
    await service.post(f"/v1/loans/{loan_id}/declare-lost", {})
    number = (await pay(service, 3000, till="DESK-1", token=CLERK)).json()["receipt"]["number"]
    before = (await status(service, loan_id), await credit(service))

    assert 200 == (await void(service, number)).status_code

    assert ("lost_and_paid", 500 - forgiven) == before
    assert ("lost", 3000, 0) == (await status(service, loan_id), await owed(service), await credit(service))
    await balance(service)


async def test_a_loss_that_is_paid_for_again_closes_again(service: Service) -> None:
    loan_id, number = await lost_with_a_deposit(service)
    await void(service, number)

    await pay(service, 3000, till="DESK-1", token=CLERK)

    assert ("lost_and_paid", 0, 500) == (await status(service, loan_id), await owed(service), await credit(service))
    assert 13_500 == await drawer(service)


async def test_the_loan_of_a_copy_that_was_found_meanwhile_stays_closed(service: Service) -> None:
    loan_id, number = await lost_with_a_deposit(service)
    await service.bring_back()

    given_back = await refund(service, number)

    assert (200, "returned") == (given_back.status_code, await status(service, loan_id))
    assert 500 == given_back.json()["total"]["amount"], "the price is owed to Ada already, the processing is not"
    await balance(service)


async def test_a_copy_that_was_lent_again_stays_with_who_has_it(service: Service) -> None:
    loan_id, number = await lost_with_a_deposit(service)
    service.clock.pass_by(timedelta(hours=1))
    kim = service.members.by_card["KIM"] = a_standing(member_id=new_id())
    assert 201 == (await service.check_out(card_number="KIM")).status_code

    assert 200 == (await refund(service, number)).status_code

    assert "lost_and_paid" == await status(service, loan_id)
    assert 1 == (await service.get(f"/v1/borrowers/{kim.member_id}")).json()["open_loans"]
    assert (3000, 500) == (await owed(service), await credit(service))
