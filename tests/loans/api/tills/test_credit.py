"""What the library owes a member: how it comes about, is used, and is paid out."""

from typing import Any

from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.fines.charging import charge, eur, pay
from tests.loans.api.situations import hear_that_ada_leaves
from tests.loans.api.tills.at_the_till import (
    CLERK,
    balance,
    credit,
    drawer,
    lose_and_pay,
    make_till,
    owed,
    paid,
    refund,
    void,
)
from tests.loans.makers import ADA


async def due(service: Service, query: str = "") -> list[Any]:
    items: list[Any] = (await service.get(f"/v1/payouts{query}")).json()["items"]
    return items


async def hand_over(service: Service, payout_id: str, **how: Any) -> Any:
    return await service.post(f"/v1/payouts/{payout_id}/paid", {"till": "DESK-1"} | how, token=CLERK)


async def test_what_was_paid_for_a_copy_that_is_found_is_due_to_the_member_until_it_is_paid_out(
    service: Service,
) -> None:
    await make_till(service)
    await lose_and_pay(service)

    await service.bring_back()
    (payout,) = await due(service)
    handed = await hand_over(service, payout["payout_id"])

    assert ("cancelled", eur(2500), str(ADA)) == (payout["reason"], payout["due"], payout["member_id"])
    receipt = handed.json()["receipt"]
    assert ("payout", eur(2500), "cash") == (receipt["kind"], receipt["total"], receipt["method"])
    assert (eur(0), []) == (handed.json()["due"], await due(service))
    assert (0, 10_500) == (await credit(service), await drawer(service))
    assert [eur(2500)] == [each["paid"] for each in await due(service, "?due=false")]


async def test_a_payout_is_handed_over_once(service: Service) -> None:
    await make_till(service)
    await lose_and_pay(service)
    await service.bring_back()
    (payout,) = await due(service)

    first, again = [
        await service.post(f"/v1/payouts/{payout['payout_id']}/paid", {"till": "DESK-1"}, key="k-1", token=CLERK)
        for _ in range(2)
    ]
    another = await hand_over(service, payout["payout_id"])

    assert first.json() == again.json()
    assert (409, ["payout-not-due"]) == (another.status_code, codes_of(another))
    await balance(service)


async def test_a_payout_needs_no_body_where_cash_is_handed_over_at_the_own_till(service: Service) -> None:
    await make_till(service)
    await pay(service, 100, till="DESK-1", excess="credit", token=CLERK)
    (payout,) = await due(service)

    path = f"/v1/payouts/{payout['payout_id']}/paid"
    handed = await service.http.post(path, headers={"Authorization": f"Bearer {CLERK}"})

    assert (200, "cash") == (handed.status_code, handed.json()["receipt"]["method"])
    assert handed.json()["receipt"]["till"].startswith("ACCOUNT.")
    await balance(service)


async def test_credit_pays_what_is_owed_and_no_money_moves(service: Service) -> None:
    await make_till(service)
    await lose_and_pay(service)
    await service.bring_back()

    receipt = await paid(service, 1000, method="credit")

    assert ("credit", eur(1000)) == (receipt["method"], receipt["total"])
    assert (1500, 0, 13_000) == (await credit(service), await owed(service), await drawer(service))
    (payout,) = await due(service)
    assert eur(1500) == (await hand_over(service, payout["payout_id"])).json()["paid"]


async def test_more_credit_than_there_is_is_not_used(service: Service) -> None:
    await make_till(service)
    await charge(service, 300)

    refused = await pay(service, 300, method="credit", till="DESK-1", token=CLERK)

    assert (422, ["not-enough-credit"], 300) == (refused.status_code, codes_of(refused), await owed(service))
    assert eur(0) == refused.json()["errors"][0]["credit"]


async def test_credit_that_was_used_by_mistake_is_credit_again(service: Service) -> None:
    await make_till(service)
    await lose_and_pay(service)
    await service.bring_back()
    first, second = [await paid(service, 300, method="credit") for _ in range(2)]

    undone, refunded = await void(service, first["number"]), await refund(service, second["number"])
    as_cash = await refund(service, (await paid(service, 300, method="credit"))["number"], method="cash")

    assert ["credit", "credit"] == [answer.json()["method"] for answer in (undone, refunded)]
    assert (422, ["credit-stays-credit"]) == (as_cash.status_code, codes_of(as_cash))
    assert 2200 == await credit(service)
    await balance(service)


async def test_what_is_paid_beyond_what_is_owed_is_refused_unless_it_may_become_credit(service: Service) -> None:
    await make_till(service)
    await charge(service, 300)

    refused = await pay(service, 500, till="DESK-1", token=CLERK)
    kept = await pay(service, 500, till="DESK-1", excess="credit", token=CLERK)
    more = await pay(service, 100, till="DESK-1", excess="credit", token=CLERK)

    assert ["payment-exceeds-owed"] == codes_of(refused)
    assert [("damage", eur(300)), ("credit", eur(200))] == [
        (line["reason"], line["amount"]) for line in kept.json()["receipt"]["lines"]
    ]
    assert [("credit", eur(100))] == [(line["reason"], line["amount"]) for line in more.json()["receipt"]["lines"]]
    assert (300, 0, 10_600) == (await credit(service), await owed(service), await drawer(service))


async def test_credit_is_kept_in_the_currency_of_the_library_alone(service: Service) -> None:
    dollars = {"amount": {"amount": 100, "currency": "USD"}, "excess": "credit", "branch": "MAIN"}

    answer = await service.post(f"/v1/borrowers/{ADA}/payments", dollars, token=CLERK)
    await charge(service, 300)
    afterwards = await pay(service, 300, branch="MAIN", token=CLERK)

    assert (422, ["other-currency"]) == (answer.status_code, codes_of(answer))
    assert 200 == afterwards.status_code, "and the till of the branch takes its own"


async def test_credit_is_kept_for_members_only(service: Service) -> None:
    await make_till(service)
    body = {"amount": eur(100), "excess": "credit", "till": "DESK-1"}

    answer = await service.post(f"/v1/borrowers/{new_id()}/payments", body, token=CLERK)

    assert (404, ["member-not-found"]) == (answer.status_code, codes_of(answer))


async def test_credit_is_not_paid_from_credit(service: Service) -> None:
    await make_till(service)
    await charge(service, 300)
    await pay(service, 800, till="DESK-1", excess="credit", token=CLERK)
    await charge(service, 300)

    refused = await pay(service, 400, till="DESK-1", excess="credit", method="credit", token=CLERK)

    assert ["payment-exceeds-owed"] == codes_of(refused)
    assert (500, 300) == (await credit(service), await owed(service))


async def test_a_payment_that_became_credit_is_undone_while_the_credit_is_there(service: Service) -> None:
    await make_till(service)
    await charge(service, 300)
    first = (await pay(service, 500, till="DESK-1", excess="credit", token=CLERK)).json()["receipt"]["number"]
    undone = await void(service, first)
    second = (await pay(service, 500, till="DESK-1", excess="credit", token=CLERK)).json()["receipt"]["number"]
    await paid(service, 50, method="credit")

    spent = await void(service, second)
    rest = await refund(service, second)

    assert eur(500) == undone.json()["total"]
    assert (409, ["credit-spent"]) == (spent.status_code, codes_of(spent))
    assert [("credit", eur(150)), ("damage", eur(300))] == [
        (line["reason"], line["amount"]) for line in rest.json()["lines"]
    ]
    assert (0, 300, 10_050) == (await credit(service), await owed(service), await drawer(service))


async def test_nobody_leaves_before_the_library_has_paid_what_it_owes(service: Service) -> None:
    await make_till(service)
    await charge(service, 300)
    await pay(service, 500, till="DESK-1", excess="credit", token=CLERK)

    await hear_that_ada_leaves(service)
    before = [type_ async for type_, _ in service.events() if type_ == "loans.borrower.cleared"]
    (payout,) = await due(service)
    await hand_over(service, payout["payout_id"])
    await service.app.state.privacy.clear_borrowers()
    after = [type_ async for type_, _ in service.events() if type_ == "loans.borrower.cleared"]

    assert ([], ["loans.borrower.cleared"]) == (before, after)
    (kept,) = await due(service, "?due=false")
    assert (None, eur(200)) == (kept["member_id"], kept["amount"])


async def test_all_that_is_given_back_is_told_with_its_receipt_or_as_credit(service: Service) -> None:
    await make_till(service)
    await lose_and_pay(service)
    await service.bring_back()
    (payout,) = await due(service)
    handed = (await hand_over(service, payout["payout_id"])).json()["receipt"]
    await charge(service, 300)
    taken = (await pay(service, 500, excess="credit", till="DESK-1", token=CLERK)).json()["receipt"]
    back = (await refund(service, taken["number"])).json()

    told = [(type_, data) async for type_, data in service.events() if type_.endswith((".refunded", "payout.paid"))]

    assert [
        ("loans.fine.refunded", eur(2500), None, True),
        ("loans.payout.paid", eur(2500), handed["number"], None),
        ("loans.payout.paid", eur(200), back["number"], None),
        ("loans.fine.refunded", eur(300), back["number"], False),
    ] == [(type_, data["amount"], data.get("receipt"), data.get("credit")) for type_, data in told]
    assert {str(ADA)} == {data["member_id"] for _, data in told}
