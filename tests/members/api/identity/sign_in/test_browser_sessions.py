"""One sign-in for all pages: the browser keeps it, goes on with one click, and signing out ends it everywhere."""

from datetime import timedelta
from http.cookies import SimpleCookie

from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import SIGN_IN_LASTS
from tests.answers import error_of
from tests.members.api.authenticator import enrolled
from tests.members.api.browser import ASKED, PAGE, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import Service
from tests.members.api.identity.sign_in.browser_sessions import (
    CONTINUE,
    COOKIE,
    SIGN_IN,
    click,
    continued,
    is_let_in,
    refresh,
    signed_in,
)
from tests.members.makers import PASSWORD


async def test_who_signed_in_once_goes_on_with_one_click(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    await signed_in(service)

    page = await open_page(service)
    tokens = await continued(service)

    assert CONTINUE in page.text
    assert "Continue as grace@x.y" in page.text
    assert "grace@x.y" == (await service.get("/v1/accounts/me", token=tokens["access_token"])).json()["email"]


async def test_the_cookie_is_for_nobody_else_and_lasts_a_working_day(grace: Service) -> None:
    answer = await fill_in(grace, await open_page(grace))

    cookies = SimpleCookie("; ".join(answer.headers.get_list("set-cookie")))
    found = [header for header in answer.headers.get_list("set-cookie") if header.startswith(f"{COOKIE}=")]
    assert COOKIE in cookies
    [header] = found
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/v1/auth", "max-age=43200"} <= attributes
    assert timedelta(seconds=43_200) == SIGN_IN_LASTS


async def test_over_https_no_other_way_carries_the_cookie(grace: Service) -> None:
    page = await grace.http.get(f"https://members.test{PAGE}", params=ASKED | {"redirect_uri": _secure()})
    fields = form_in(page) | {"username": "grace@x.y", "password": PASSWORD}

    answer = await grace.http.post(f"https://members.test{PAGE}", data=fields)

    [header] = [one for one in answer.headers.get_list("set-cookie") if "kept-sign-in" in one]
    assert header.startswith("__Secure-kept-sign-in=")
    assert "Secure" in header


def _secure() -> str:
    return "https://members.test/docs/oauth2-redirect"


async def test_only_this_once_leaves_nothing_in_the_browser(grace: Service) -> None:
    answer = await fill_in(grace, await open_page(grace), once="1")

    assert {"code", "state", "iss"} == set(sent_back(answer))
    assert COOKIE not in str(answer.headers.get_list("set-cookie"))
    assert SIGN_IN in (await open_page(grace)).text
    listed = (await grace.get("/v1/accounts", token=grace.token(Role.ADMIN))).json()["items"]
    sessions = await grace.get(f"/v1/auth/sessions?account_id={listed[0]['account_id']}")
    assert [] == sessions.json()["items"]


async def test_only_this_once_holds_through_the_steps_of_a_second_factor(grace: Service) -> None:
    app, *_ = await enrolled(grace)
    grace.clock.pass_by(timedelta(seconds=30))
    page = await fill_in(grace, await open_page(grace), once="1")

    answer = await grace.http.post(PAGE, data=form_in(page) | {"otp": app.code(), "action": "sign_in"})

    assert 303 == answer.status_code
    assert COOKIE not in str(answer.headers.get_list("set-cookie"))


async def test_signing_out_on_one_page_signs_out_on_all(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    first, second = await signed_in(service), await continued(service)

    form = {"token": second["refresh_token"], "client_id": "swagger"}
    assert 200 == (await service.http.post("/v1/auth/revoke", data=form)).status_code

    assert [False, False] == [await is_let_in(service, tokens) for tokens in (first, second)]
    assert (400, "invalid_grant") == error_of(await refresh(service, first))
    assert SIGN_IN in (await open_page(service)).text


async def test_the_page_itself_signs_out_too(grace: Service) -> None:
    tokens = await signed_in(grace)
    page = await open_page(grace)

    answer = await click(grace, page, "sign_out")
    again = await click(grace, page, "continue")

    assert (200, True) == (answer.status_code, SIGN_IN in answer.text)
    assert not await is_let_in(grace, tokens)
    assert (400, True) == (again.status_code, "You are not signed in any more in this browser." in again.text)


async def test_another_session_of_the_account_goes_on(grace: Service) -> None:
    elsewhere = (await grace.sign_in("grace@x.y")).json()
    tokens = await signed_in(grace)

    await grace.http.post("/v1/auth/revoke", data={"token": tokens["access_token"], "client_id": "swagger"})

    assert await is_let_in(grace, elsewhere)


async def test_a_browser_keeps_a_sign_in_for_twelve_hours_at_most(grace: Service) -> None:
    tokens = await signed_in(grace)
    grace.clock.pass_by(SIGN_IN_LASTS - timedelta(minutes=1))
    tokens = (await refresh(grace, tokens)).json()
    late = await continued(grace)
    grace.clock.pass_by(timedelta(minutes=1))

    assert SIGN_IN in (await open_page(grace)).text
    for each in (tokens, late):
        assert (400, "invalid_grant") == error_of(await refresh(grace, each))
