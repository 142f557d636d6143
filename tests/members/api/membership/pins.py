"""Proving by card and PIN who one is."""

import httpx

from tests.members.api.conftest import Service


async def verify(service: Service, card: object, pin: object, *scopes: str) -> httpx.Response:
    token = service.token_for(*(scopes or ("members:verify",)))
    return await service.request("POST", "/v1/members/verify", {"card_number": card, "pin": pin}, token=token)
