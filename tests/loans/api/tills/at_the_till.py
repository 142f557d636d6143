"""Tills, and what is asked of them."""

from typing import Any

from tests.loans.api.conftest import ADMIN, Service, a_token
from tests.loans.api.fines.charging import charge, eur, pay
from tests.loans.makers import ADA

CLERK, COLLEAGUE = a_token(role="librarian"), a_token(role="librarian")
"""Two of the staff, who are no members."""


async def make_till(service: Service, till: str = "DESK-1", *, opened_with: int | None = 10_000) -> None:
    """Make a till, and open it unless told otherwise."""
    made = await service.post("/v1/tills", {"till": till, "branch": "MAIN", "name": "Main desk"}, token=ADMIN)
    assert 201 == made.status_code, made.text
    if opened_with is not None:
        opened = await open_till(service, opened_with, till)
        assert 201 == opened.status_code, opened.text


async def open_till(service: Service, counted: int, till: str = "DESK-1") -> Any:
    return await service.post(f"/v1/tills/{till}/sessions", {"counted": eur(counted)}, token=CLERK)


async def cash_up(service: Service, counted: int, till: str = "DESK-1", **more: Any) -> Any:
    return await service.post(f"/v1/tills/{till}/cash-ups", {"counted": eur(counted)} | more, token=CLERK)


async def paid(service: Service, amount: int = 300, *, owed: int | None = None, **how: Any) -> Any:
    """Charge Ada, take the money at the till, and return the receipt."""
    assert 201 == (await charge(service, amount if owed is None else owed)).status_code
    how = {"till": "DESK-1", "token": CLERK} | how
    answer = await pay(service, amount, **how)
    assert 200 == answer.status_code, answer.text
    return answer.json()["receipt"]


async def void(service: Service, number: str, token: str = CLERK, **how: Any) -> Any:
    return await service.post(f"/v1/receipts/{number}/void", {}, token=token, **how)


async def refund(service: Service, number: str, amount: int | None = None, *, token: str = CLERK, **more: Any) -> Any:
    body = {"reason": "Charged by mistake.", "till": "DESK-1"} | more
    body |= {} if amount is None else {"amount": eur(amount)}
    return await service.post(f"/v1/receipts/{number}/refund", body, token=token)


async def owed(service: Service) -> int:
    """Return what Ada owes."""
    amount: int = (await service.get(f"/v1/borrowers/{ADA}")).json()["owed"]["amount"]
    return amount


async def credit(service: Service) -> int:
    """Return what the library owes Ada."""
    amount: int = (await service.get(f"/v1/borrowers/{ADA}")).json()["credit"]["amount"]
    return amount


async def balance(service: Service) -> Any:
    """Return the balance, which agrees in all its parts."""
    shown = (await service.get("/v1/tills/balance", ADMIN)).json()
    parts = [shown["ledger"], shown["money"], *shown["drawers"], *shown["numbers"], shown]
    assert all(part["agrees"] for part in parts), shown
    return shown


async def drawer(service: Service, till: str = "DESK-1") -> int:
    """Return the cash that has to be in the drawer, where everything agrees."""
    (found,) = [each for each in (await balance(service))["drawers"] if each["till"] == till]
    amount: int = found["drawer"]["amount"]
    return amount


async def lose_and_pay(service: Service) -> Any:
    """Let Ada lose a copy, pay for it, and return the receipt."""
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    answer = await pay(service, 3000, till="DESK-1", token=CLERK)
    assert 200 == answer.status_code, answer.text
    return answer.json()["receipt"]
