"""What ends a browser's session, and where it is not enough."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from members_service.domain.identity.roles import Role
from shared.persistence.database import Database
from tests.answers import error_of
from tests.members.api.authenticator import enrolled
from tests.members.api.browser import ASKED, PAGE, exchange, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import Service, a_service
from tests.members.api.identity.sign_in.browser_sessions import (
    CONTINUE,
    COOKIE,
    SIGN_IN,
    click,
    continued,
    is_let_in,
    signed_in,
)
from tests.members.makers import PASSWORD


async def test_it_is_listed_and_ending_it_ends_what_began_from_it(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    first, second = await signed_in(service), await continued(service)

    listed = (await service.get("/v1/auth/sessions", token=second["access_token"])).json()["items"]
    [kept] = [session for session in listed if session["client_id"] == "browser"]
    path = f"/v1/auth/sessions/{kept['session_id']}"
    ended = await service.request("DELETE", path, token=second["access_token"])

    assert ["browser", "swagger", "swagger"] == sorted(session["client_id"] for session in listed)
    assert 204 == ended.status_code
    assert [False, False] == [await is_let_in(service, tokens) for tokens in (first, second)]
    assert SIGN_IN in (await open_page(service)).text


async def test_ending_a_session_that_began_from_it_leaves_the_rest(grace: Service) -> None:
    first, second = await signed_in(grace), await continued(grace)
    listed = (await grace.get("/v1/auth/sessions", token=first["access_token"])).json()["items"]
    [own] = [session["session_id"] for session in listed if session["current"]]

    await grace.request("DELETE", f"/v1/auth/sessions/{own}", token=first["access_token"])

    assert [False, True] == [await is_let_in(grace, tokens) for tokens in (first, second)]
    assert CONTINUE in (await open_page(grace)).text


async def test_a_code_that_waits_is_worth_nothing_after_signing_out(grace: Service) -> None:
    tokens = await signed_in(grace)
    code = sent_back(await click(grace, await open_page(grace), "continue"))["code"]

    await grace.http.post("/v1/auth/revoke", data={"token": tokens["refresh_token"], "client_id": "swagger"})

    assert (400, "invalid_grant") == error_of(await exchange(grace, code))


async def test_another_password_ends_it(grace: Service) -> None:
    tokens = await signed_in(grace)
    body = {"current_password": PASSWORD, "password": "eight-loud-badgers-sing"}

    await grace.request("PUT", "/v1/accounts/me/password", body, token=tokens["access_token"])

    assert SIGN_IN in (await open_page(grace)).text


async def test_somebody_else_in_the_same_browser_takes_its_place(grace: Service) -> None:
    await grace.open_account("ada@x.y", Role.MEMBER)
    await signed_in(grace)
    page = await click(grace, await open_page(grace), "other")
    assert SIGN_IN in page.text

    sent_back(await fill_in(grace, page, "ada@x.y", action="sign_in"))

    assert "Continue as ada@x.y" in (await open_page(grace)).text


async def test_a_sign_in_that_goes_on_is_no_fresh_one(grace: Service) -> None:
    grace.clock.pass_by(-timedelta(minutes=6))
    await signed_in(grace)
    grace.clock.pass_by(timedelta(minutes=6))
    tokens = await continued(grace)

    answer = await grace.request("POST", "/v1/accounts/me/second-factor", token=tokens["access_token"])
    again = await signed_in(grace)
    typed = await grace.request("POST", "/v1/accounts/me/second-factor", token=again["access_token"])

    assert (401, "sign-in-too-old") == (answer.status_code, answer.json()["code"])
    assert 201 == typed.status_code


async def test_a_second_factor_that_came_later_is_asked_for(grace: Service) -> None:
    await signed_in(grace)
    page = await open_page(grace)
    app, *_ = await enrolled(grace)

    refused = await click(grace, page, "continue")
    grace.clock.pass_by(timedelta(seconds=30))
    step = await fill_in(grace, refused)
    sent_back(await grace.http.post(PAGE, data=form_in(step) | {"otp": app.code(), "action": "sign_in"}))

    assert 400 == refused.status_code
    assert 303 == (await click(grace, await open_page(grace), "continue")).status_code


async def test_who_needs_a_second_factor_by_now_does_not_go_on_without(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async for service in _strict(sqlite_database, tmp_path):
        await service.open_account("grace@x.y", Role.MEMBER)
        await signed_in(service)
        page = await open_page(service)
        found = await service.identity.accounts.queries.signing_in("grace@x.y")
        assert found is not None
        async with service.app.state.membership.enrol_member.unit_of_work(None) as uow:
            (await uow.accounts.get(found.account_id)).roles = frozenset({Role.LIBRARIAN})
            await uow.commit()

        assert 400 == (await click(service, page, "continue")).status_code


async def _strict(database: Database, folder: Path) -> AsyncIterator[Service]:
    async for service in a_service(database, folder, require_second_factor="staff"):
        yield service


async def test_the_password_is_asked_for_where_the_software_asks_for_that(grace: Service) -> None:
    await signed_in(grace)

    assert SIGN_IN in (await open_page(grace, prompt="login")).text


@pytest.mark.parametrize("cookie", ["", "nonsense", "0" * 32 + ".x.y", "é", "x" * 5_000])
async def test_a_made_up_cookie_is_none(grace: Service, cookie: str) -> None:
    headers = httpx.Headers({"Cookie": f"{COOKIE}={cookie}"}, encoding="utf-8")

    page = await grace.http.get(PAGE, params=ASKED, headers=headers)

    assert (200, True) == (page.status_code, SIGN_IN in page.text)


async def test_what_the_browser_keeps_is_no_refresh_token(grace: Service) -> None:
    await signed_in(grace)
    kept = grace.http.cookies.get(COOKIE) or ""

    for client_id in ("swagger", "library", ""):
        answer = await grace.ask_for_token(grant_type="refresh_token", refresh_token=kept, client_id=client_id)
        assert (400, "invalid_grant") == error_of(answer)
    named = await grace.ask_for_token(grant_type="refresh_token", refresh_token=kept, client_id="browser")
    assert (401, "invalid_client") == error_of(named)
    assert CONTINUE in (await open_page(grace)).text, "and nothing has ended"


async def test_a_form_of_another_browser_does_not_go_on(grace: Service) -> None:
    await signed_in(grace)
    page = await open_page(grace)
    form = form_in(page) | {"action": "continue", "form_token": "0" * 64}

    answer = await grace.http.post(PAGE, data=form)

    assert 403 == answer.status_code


async def test_both_sign_ins_are_in_the_audit_trail(grace: Service) -> None:
    await signed_in(grace)
    await continued(grace)

    audit = (await grace.get("/v1/audit")).json()["items"]

    assert 2 == len([record for record in audit if record["deed"] == "signed-in"])
