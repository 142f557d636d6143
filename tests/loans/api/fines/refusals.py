"""How a client is refused what is done with fines."""

from typing import Any

import httpx

from loans_service.application.fines.charge_member import ChargeMember
from loans_service.application.fines.lift_suspension import LiftSuspension
from loans_service.application.fines.pay_borrower import PayBorrower
from loans_service.application.fines.settle_fine import PayFine, WaiveFine
from loans_service.application.fines.show_fines import ListFines, ShowFine
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.fines.charging import TILL, charge, eur, pay
from tests.loans.api.situations import COLLEAGUE, READER, hear_that_ada_leaves, let_act, suspend
from tests.loans.makers import ADA
from tests.refusals import Meets, Tables

DOLLAR = {"amount": 1, "currency": "USD"}


def paid_by(**payer: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        let_act(service, "see")
        answer: httpx.Response = await pay(service, 1, payer=payer)
        return answer

    return meets


async def charge_in_vain(service: Service) -> httpx.Response:
    service.members.down = True
    answer: httpx.Response = await charge(service)
    return answer


def pay_of_300(amount: int = 1, **how: Any) -> Meets[Service]:
    """Pay so much where 3.00 are owed."""

    async def meets(service: Service) -> httpx.Response:
        await charge(service, 300)
        answer: httpx.Response = await pay(service, amount, **how)
        return answer

    return meets


async def pay_who_is_gone(service: Service) -> httpx.Response:
    await hear_that_ada_leaves(service)
    answer: httpx.Response = await pay(service, 1)
    return answer


async def use_reference_again(service: Service) -> httpx.Response:
    await charge(service, 300)
    await pay(service, 100, reference="r")
    answer: httpx.Response = await pay(service, 1, reference="r")
    return answer


async def pay_somebody(service: Service) -> httpx.Response:
    body = {"amount": eur(1), "excess": "credit"}
    return await service.post(f"/v1/borrowers/{new_id()}/payments", body, token=TILL)


async def pay_in_vain(service: Service) -> httpx.Response:
    service.members.down = True
    answer: httpx.Response = await pay(service, 1, excess="credit")
    return answer


async def pay_at_closed_till(service: Service) -> httpx.Response:
    await make_closed_till(service)
    await charge(service, 300)
    answer: httpx.Response = await pay(service, 1, till="DESK-1")
    return answer


async def make_closed_till(service: Service) -> None:
    body = {"till": "DESK-1", "branch": "MAIN", "name": "Main desk"}
    assert 201 == (await service.post("/v1/tills", body, token=ADMIN)).status_code


def settle(
    act: str,
    amount: dict[str, Any] | None = None,
    *,
    paid: bool = False,
    closed: bool = False,
    token: str | None = None,
    if_match: str | None = None,
    **body: Any,
) -> Meets[Service]:
    """Pay or waive something of a fine of 3.00."""

    async def meets(service: Service) -> httpx.Response:
        fine_id = (await charge(service, 300)).json()["fine_id"]
        if paid:
            await pay(service, 300)
        if closed:
            await make_closed_till(service)
        whole = BODIES[act] | {"amount": amount or eur(1)} | body
        return await service.post(f"/v1/fines/{fine_id}/{act}", whole, token=token, if_match=if_match)

    return meets


def settlements(act: str) -> dict[str, Meets[Service]]:
    """Return what a payment and a waiver refuse alike."""
    return {
        "fine-not-found": lambda service: service.post(f"/v1/fines/{new_id()}/{act}", BODIES[act] | {"amount": eur(1)}),
        "fine-not-owed": settle(act, paid=True),
        "other-currency": settle(act, DOLLAR),
        "four-eyes": settle(act, token=COLLEAGUE),
        "out-of-date": settle(act, if_match='"99"'),
    }


async def lift(service: Service, **how: Any) -> httpx.Response:
    await suspend(service)
    answer: httpx.Response = await lift_what_never_was(service, **how)
    return answer


async def lift_what_never_was(service: Service, **how: Any) -> httpx.Response:
    body = {"reason": "The book drop was locked."}
    answer: httpx.Response = await service.post(f"/v1/borrowers/{ADA}/suspension/lift", body, **how)
    return answer


BODIES: dict[str, dict[str, Any]] = {"payments": {}, "waive": {"reason": "A flood."}}

TABLES: Tables[Service] = {
    ChargeMember: {
        "member-not-found": lambda service: charge(service, card_number="nobody"),
        "card-replaced": lambda service: charge(service, card_number="OLD"),
        "card-stopped": lambda service: charge(service, card_number="LOST"),
        "unknown-charge-kind": lambda service: charge(service, kind="damages"),
        "other-currency": lambda service: charge(service, currency="USD"),
        "neighbour-unavailable": charge_in_vain,
    },
    PayBorrower: {
        "borrower-not-found": pay_who_is_gone,
        "fine-not-found": pay_of_300(fine_ids=[str(new_id())]),
        "fine-not-owed": lambda service: pay(service, 1),
        "payment-exceeds-owed": pay_of_300(400),
        "other-currency": pay_of_300(currency="USD"),
        "payment-reference-used": use_reference_again,
        "four-eyes": pay_of_300(token=COLLEAGUE),
        "member-not-found": pay_somebody,
        "neighbour-unavailable": pay_in_vain,
        "not-enough-credit": pay_of_300(method="credit"),
        "till-not-found": pay_of_300(till="NOWHERE"),
        "till-closed": pay_at_closed_till,
        "card-replaced": paid_by(card_number="OLD"),
        "card-stopped": paid_by(card_number="LOST"),
        "guardian-not-found": paid_by(card_number="ADA"),
        "may-not-act-for": paid_by(card_number="DAN"),
    },
    PayFine: {
        **settlements("payments"),
        "payment-exceeds-owed": settle("payments", eur(301)),
        "not-enough-credit": settle("payments", method="credit"),
        "till-not-found": settle("payments", till="NOWHERE"),
        "till-closed": settle("payments", till="DESK-1", closed=True),
    },
    WaiveFine: {**settlements("waive"), "waiver-exceeds-owed": settle("waive", eur(301))},
    LiftSuspension: {
        "not-suspended-for-lateness": lift_what_never_was,
        "four-eyes": lambda service: lift(service, token=COLLEAGUE),
    },
    ListFines: {"right-missing": lambda service: service.get("/v1/fines?status=paid", READER)},
    ShowFine: {"fine-not-found": lambda service: service.get(f"/v1/fines/{new_id()}")},
}
