"""Charging by hand, and paying over several fines."""

from typing import Any

from tests.loans.api.conftest import Service, a_token
from tests.loans.makers import ADA

TILL = a_token(scope="fines:pay", client_id="till")


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


async def charge(
    service: Service, amount: int = 350, *, token: str | None = None, currency: str = "EUR", **body: Any
) -> Any:
    paid = {"amount": amount, "currency": currency}
    body = {"card_number": "ADA", "kind": "damage", "amount": paid} | body
    return await service.post("/v1/charges", body, token=token)


async def pay(service: Service, amount: int, *, currency: str = "EUR", token: str | None = None, **body: Any) -> Any:
    body |= {"amount": {"amount": amount, "currency": currency}}
    return await service.post(f"/v1/borrowers/{ADA}/payments", body, token=token or TILL)
