"""Recovering a lost PIN or password."""

from typing import Any

from tests.members.api.conftest import Service

CARD = "20000000000018"


async def recover(service: Service, card: str, email: str) -> Any:
    body = {"card_number": card, "email": email}
    return await service.request("POST", "/v1/members/recovery", body, token=service.token_for("members:recover"))


async def choose(service: Service, token: str, **chosen: str) -> Any:
    wanted = chosen or {"password": "eight-loud-badgers-sing"}
    return await service.request("POST", "/v1/auth/recover", {"recovery_token": token} | wanted, token="")
