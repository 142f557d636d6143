"""How a client is refused what it asks of identity providers, and of accounts that sign in by one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx

from members_service.adapters.identity import openid_providers
from members_service.application.identity.providers.change_providers import (
    ChangeProvider,
    RemoveProvider,
    ShowProviders,
)
from members_service.application.identity.providers.set_out import TryProvider
from tests.members.api.authenticator import MINE
from tests.members.api.browser import exchange, sent_back
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.town import ADDRESS, TOWN, Town
from tests.refusals import Meets, Tables

SCHOOL = "/v1/identity-providers/school"
_LOOK = "/.well-known/openid-configuration"


def _put(if_match: str | None = None, *, before: str | None = None, **changes: Any) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        if before is not None:
            await service.request("PUT", before, TOWN)
        headers = {} if if_match is None else {"If_Match": if_match}
        return await service.request("PUT", ADDRESS, TOWN | changes, **headers)

    return meets


async def _put_more_than_one_holds(service: Service) -> httpx.Response:
    body = TOWN | {"groups": {"desk": [{"role": "librarian"}]}}
    return await service.request("PUT", ADDRESS, body, token=service.token_for("admin"))


async def _remove_what_changed(service: Service) -> httpx.Response:
    await service.request("PUT", ADDRESS, TOWN)
    return await service.request("DELETE", ADDRESS, If_Match='"7"')


async def _slowly() -> httpx.Response:
    await asyncio.sleep(openid_providers.TIMEOUT + 1)
    return httpx.Response(200)


def _broken() -> httpx.Response:
    return httpx.Response(500)


def _try(answer: Callable[[], httpx.Response | Awaitable[httpx.Response]] | None, **metadata: str) -> Meets[Service]:
    async def meets(service: Service) -> httpx.Response:
        town = await Town.open(service)
        town.hall.metadata = dict(metadata)
        if answer is not None:
            town.hall.answers[_LOOK] = answer
        return await service.request("POST", f"{ADDRESS}/try")

    return meets


async def reset_account(service: Service) -> httpx.Response:
    """Reset the password of somebody of the staff who signs in by a provider."""
    town = await Town.open(service)
    account_id = await town.staff()
    await town.come_back()
    return await service.request("POST", f"/v1/accounts/{UUID(account_id)}/password-reset")


async def reset_reader(service: Service) -> httpx.Response:
    """Reset the password of a reader who signs in by a provider."""
    town = await Town.open(service, audience="readers")
    member = await service.a_member_who_can_sign_in(email="grace@town.example")
    await town.come_back()
    return await service.request("POST", f"/v1/members/{member['member_id']}/password-reset")


async def offer_factor(service: Service) -> httpx.Response:
    """Begin with a second factor after a sign-in by a provider."""
    town = await Town.open(service)
    await town.staff()
    tokens = (await exchange(service, sent_back(await town.come_back())["code"])).json()
    return await service.request("POST", MINE, token=tokens["access_token"])


TABLES: Tables[Service] = {
    ShowProviders: {"identity-provider-not-found": lambda service: service.get(ADDRESS)},
    ChangeProvider: {
        "invalid-issuer": _put(issuer="http://town.example"),
        "issuer-taken": _put(before=SCHOOL),
        "client-secret-missing": _put(client_secret=None),
        "unknown-role": _put(groups={"desk": [{"role": "stranger"}]}),
        "unknown-branch": _put(groups={"desk": [{"role": "desk", "branches": ["NOWHERE"]}]}),
        "right-missing": _put_more_than_one_holds,
        "out-of-date": _put('"7"', before=ADDRESS),
    },
    RemoveProvider: {
        "identity-provider-not-found": lambda service: service.request("DELETE", ADDRESS),
        "out-of-date": _remove_what_changed,
    },
    TryProvider: {
        "identity-provider-not-found": lambda service: service.request("POST", f"{ADDRESS}/try"),
        "identity-provider-failed": _try(_broken),
        "identity-provider-slow": _try(_slowly),
        "invalid-issuer": _try(None, token_endpoint="https://127.0.0.1/token"),
    },
}
