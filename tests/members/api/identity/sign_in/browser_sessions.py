"""A browser that keeps a sign-in, and the pages that it sees."""

import httpx

from tests.members.api.browser import PAGE, exchange, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import Service

COOKIE = "kept-sign-in"


CONTINUE = "<title>Continue to the library</title>"


SIGN_IN = "<title>Sign in to the library</title>"


async def click(service: Service, page: httpx.Response, action: str) -> httpx.Response:
    return await service.http.post(PAGE, data=form_in(page) | {"action": action})


async def signed_in(service: Service, **typed: str) -> dict[str, str]:
    """Sign in on the page with a password, and return the tokens."""
    told = sent_back(await fill_in(service, await open_page(service, prompt="login"), action="sign_in", **typed))
    tokens: dict[str, str] = (await exchange(service, told["code"])).json()
    return tokens


async def continued(service: Service) -> dict[str, str]:
    """Go on with the sign-in that the browser keeps, and return the tokens."""
    told = sent_back(await click(service, await open_page(service), "continue"))
    tokens: dict[str, str] = (await exchange(service, told["code"])).json()
    return tokens


async def refresh(service: Service, tokens: dict[str, str]) -> httpx.Response:
    return await service.ask_for_token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], client_id="swagger"
    )


async def is_let_in(service: Service, tokens: dict[str, str]) -> bool:
    answer = await service.get("/v1/accounts/me", token=tokens["access_token"])
    assert answer.status_code in {200, 401}
    return answer.status_code == 200
