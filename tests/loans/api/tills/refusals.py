"""How a client is refused what is done at tills."""

from typing import Any

import httpx

from loans_service.application.fines.give_back import RefundReceipt, VoidReceipt
from loans_service.application.tills.keep_session import CashUpTill, MoveCash, OpenTill
from loans_service.application.tills.manage_tills import MakeTill
from loans_service.application.tills.pay_out import PayOut
from loans_service.application.tills.show_receipts import ListReceipts, ShowReceipt
from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADMIN, Service
from tests.loans.api.fines.charging import charge, eur, pay
from tests.loans.api.situations import COLLEAGUE, READER, hear_that_ada_leaves
from tests.loans.api.tills.at_the_till import CLERK, cash_up, make_till, paid, refund, void
from tests.refusals import Meets, Tables

DOLLAR = {"amount": 1, "currency": "USD"}
_BODIES: dict[str, dict[str, Any]] = {
    "sessions": {"counted": eur(1)},
    "cash-ups": {"counted": eur(1)},
    "movements": {"kind": "in", "amount": eur(1), "note": "Change."},
}


def at_a_till(act: str, *, opened: bool, till: str = "DESK-1", **change: Any) -> Meets[Service]:
    """Do something with a till that is open, or not."""

    async def meets(service: Service) -> httpx.Response:
        await make_till(service, opened_with=100 if opened else None)
        return await service.post(f"/v1/tills/{till}/{act}", _BODIES[act] | change, token=CLERK)

    return meets


def given_back(act: str, *before: str, **how: Any) -> Meets[Service]:
    """Undo or refund a payment of 3.00, after something has happened."""

    async def meets(service: Service) -> httpx.Response:
        await make_till(service)
        if "overpaid" in before or "of credit" in before:
            await charge(service, 300)
            answer = await pay(service, 500, till="DESK-1", excess="credit", token=CLERK)
            number = answer.json()["receipt"]["number"]
            used = await paid(service, 50, method="credit")
            number = used["number"] if "of credit" in before else number
        else:
            number = (await paid(service, 300))["number"]
        if "cashed up" in before:
            await cash_up(service, 0)
        if "refunded" in before:
            await refund(service, number)
        if "of a refund" in before:
            number = (await refund(service, number)).json()["number"]
        if "forgotten" in before:
            await hear_that_ada_leaves(service)
        answer = await (void if act == "void" else refund)(service, number, **how)
        assert isinstance(answer, httpx.Response)
        return answer

    return meets


async def read_without_history(service: Service) -> httpx.Response:
    await make_till(service)
    return await service.get(f"/v1/receipts/{(await paid(service))['number']}", READER)


async def make_twice(service: Service) -> httpx.Response:
    await make_till(service, opened_with=None)
    return await service.post("/v1/tills", {"till": "DESK-1", "branch": "MAIN", "name": "Desk"}, token=ADMIN)


def paid_out(*, twice: bool = False, opened: bool = True, token: str = CLERK, **how: Any) -> Meets[Service]:
    """Pay Ada out what she has paid too much."""

    async def meets(service: Service) -> httpx.Response:
        await make_till(service)
        await pay(service, 100, till="DESK-1", excess="credit", token=CLERK)
        (payout,) = (await service.get("/v1/payouts")).json()["items"]
        if not opened:
            await cash_up(service, 0)
        path, body = f"/v1/payouts/{payout['payout_id']}/paid", {"till": "DESK-1"} | how
        if twice:
            await service.post(path, body, token=token)
        return await service.post(path, body, token=token)

    return meets


TABLES: Tables[Service] = {
    MakeTill: {
        "till-exists": make_twice,
        "reserved-till-code": lambda service: service.post(
            "/v1/tills", {"till": "branch.main", "branch": "MAIN", "name": "Desk"}, token=ADMIN
        ),
    },
    OpenTill: {
        "till-not-found": at_a_till("sessions", opened=False, till="NOWHERE"),
        "session-open": at_a_till("sessions", opened=True),
        "other-currency-of-till": at_a_till("sessions", opened=False, counted=DOLLAR),
    },
    MoveCash: {
        "till-not-found": at_a_till("movements", opened=True, till="NOWHERE"),
        "till-closed": at_a_till("movements", opened=False),
        "other-currency-of-till": at_a_till("movements", opened=True, amount=DOLLAR),
        "drawer-too-short": at_a_till("movements", opened=True, kind="out", amount=eur(101)),
    },
    CashUpTill: {
        "till-not-found": at_a_till("cash-ups", opened=True, till="NOWHERE"),
        "till-closed": at_a_till("cash-ups", opened=False),
        "other-currency-of-till": at_a_till("cash-ups", opened=True, counted=DOLLAR),
    },
    ShowReceipt: {
        "receipt-not-found": lambda service: service.get("/v1/receipts/DESK-1-2026-000001"),
        "right-missing": read_without_history,
    },
    ListReceipts: {"right-missing": lambda service: service.get("/v1/payments", READER)},
    VoidReceipt: {
        "receipt-not-found": lambda service: service.post("/v1/receipts/DESK-1-2026-000001/void", {}),
        "receipt-not-a-payment": given_back("void", "of a refund"),
        "payer-forgotten": given_back("void", "forgotten"),
        "already-given-back": given_back("void", "refunded"),
        "credit-spent": given_back("void", "overpaid"),
        "taken-by-another": given_back("void", token=ADMIN),
        "session-over": given_back("void", "cashed up"),
        "four-eyes": given_back("void", token=COLLEAGUE),
    },
    RefundReceipt: {
        "receipt-not-found": lambda service: service.post("/v1/receipts/DESK-1-2026-000001/refund", {"reason": "No."}),
        "receipt-not-a-payment": given_back("refund", "of a refund"),
        "payer-forgotten": given_back("refund", "forgotten"),
        "already-given-back": given_back("refund", "refunded"),
        "refund-exceeds-paid": given_back("refund", amount=301),
        "credit-stays-credit": given_back("refund", "of credit", method="cash"),
        "till-not-found": given_back("refund", till="NOWHERE"),
        "till-closed": given_back("refund", "cashed up"),
        "four-eyes": given_back("refund", token=COLLEAGUE),
    },
    PayOut: {
        "payout-not-found": lambda service: service.post(f"/v1/payouts/{new_id()}/paid", {}),
        "payout-not-due": paid_out(twice=True),
        "payout-not-by-credit": paid_out(method="credit"),
        "till-not-found": paid_out(till="NOWHERE"),
        "till-closed": paid_out(opened=False),
        "four-eyes": paid_out(token=COLLEAGUE),
    },
}
