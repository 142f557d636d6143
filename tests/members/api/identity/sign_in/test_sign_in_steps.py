"""The pages after the password: for the code, for setting a second factor up, and for its recovery codes."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from members_service.api.identity.sign_in_page import Visit
from members_service.domain.identity.attempts import STRANGERS
from members_service.domain.identity.roles import Role
from members_service.domain.identity.sign_in_step import STEP_LASTS
from shared.persistence.database import Database
from tests.members.api.authenticator import App, enrolled
from tests.members.api.browser import PAGE, exchange, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import Service, a_service
from tests.members.api.identity.oauth.test_tokens import claims_of
from tests.members.makers import PASSWORD

A_STEP = timedelta(seconds=30)


@pytest.fixture
async def strict(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """Start a service that asks its staff for a second factor, at which Grace has none yet."""
    async for started in a_service(sqlite_database, tmp_path, require_second_factor="staff"):
        await started.open_account("grace@x.y", Role.LIBRARIAN)
        yield started


async def at_the_code(service: Service) -> httpx.Response:
    """Type the right password; return the page after it."""
    page = await fill_in(service, await open_page(service))
    assert 200 == page.status_code, page.text
    assert "<title>Enter your code</title>" in page.text
    return page


async def send(service: Service, page: httpx.Response, otp: str | None = None, **more: str) -> httpx.Response:
    typed = {} if otp is None else {"otp": otp}
    return await service.http.post(PAGE, data=form_in(page) | typed | {"action": "sign_in"} | more)


def app_of(service: Service, page: httpx.Response) -> App:
    """Scan what the page shows."""
    found = re.search(r"otpauth://totp/[^\"]*[?&;]secret=([A-Z2-7]{32})", page.text)
    assert found is not None
    assert " ".join(re.findall("....", found.group(1))) in page.text
    return App(service, found.group(1))


async def test_who_has_a_second_factor_is_asked_for_its_code(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    app, _, recovery_codes = await enrolled(service)
    service.clock.pass_by(A_STEP)

    page = await at_the_code(service)
    told = sent_back(await send(service, page, app.code()))
    issued = (await exchange(service, told["code"])).json()
    by_recovery_code = sent_back(await send(service, await at_the_code(service), recovery_codes[0].upper()))

    assert {"code", "state", "iss"} == set(told) == set(by_recovery_code)
    assert ["pwd", "otp"] == claims_of(issued["access_token"])["amr"]
    assert "grace@x.y" in page.text
    for secret in (PASSWORD, app.secret):
        assert secret not in page.text


async def test_a_wrong_code_is_told_in_words_and_can_be_tried_again(grace: Service) -> None:
    app, _, _ = await enrolled(grace)
    page = await at_the_code(grace)

    used = await send(grace, page, app.code())
    empty = await send(grace, used)
    grace.clock.pass_by(A_STEP)

    assert (400, 400) == (used.status_code, empty.status_code)
    assert "<title>Error: Enter your code</title>" in used.text
    assert 'role="alert">The code is not right, or it was used before.' in used.text
    assert 'aria-describedby="wrong"' in used.text
    assert 'role="alert">Enter a code.' in empty.text
    assert 303 == (await send(grace, empty, app.code())).status_code


async def test_guessing_codes_on_the_page_is_stopped_with_everything_else(grace: Service) -> None:
    app, _, _ = await enrolled(grace)
    page = await at_the_code(grace)
    device = {name: value for name, value in grace.http.cookies.items() if name == "sign-in"}
    grace.http.cookies.clear()
    for name, value in device.items():
        grace.http.cookies.set(name, value)  # and no device that is known
    for _ in range(STRANGERS.tries):
        assert 400 == (await send(grace, page, app.wrong_code())).status_code

    grace.clock.pass_by(A_STEP)
    stopped = await send(grace, page, app.code())

    assert 429 == stopped.status_code
    assert f"Wait {stopped.headers['retry-after']} seconds" in stopped.text
    assert "<title>Error: Enter your code</title>" in stopped.text
    assert 429 == (await fill_in(grace, await open_page(grace))).status_code


async def test_the_step_belongs_to_one_browser(grace: Service) -> None:
    app, _, _ = await enrolled(grace)
    grace.clock.pass_by(A_STEP)
    victims = form_in(await at_the_code(grace))
    grace.http.cookies.clear()
    thieves = await open_page(grace)

    as_it_was = await grace.http.post(PAGE, data=victims | {"otp": app.code()})
    with_the_thief_s_password_page = await grace.http.post(
        PAGE, data=form_in(thieves) | {"username": "grace@x.y", "step": victims["step"], "otp": app.code()}
    )

    assert (403, 403) == (as_it_was.status_code, with_the_thief_s_password_page.status_code)


async def test_after_ten_minutes_the_password_is_asked_for_again(grace: Service) -> None:
    app, _, _ = await enrolled(grace)
    page = await at_the_code(grace)
    grace.clock.pass_by(STEP_LASTS)

    late = await send(grace, page, app.code())

    assert 400 == late.status_code
    assert "Enter your password again." in late.text
    assert 'name="password"' in late.text
    assert 200 == (await fill_in(grace, late)).status_code


async def test_who_changes_their_mind_there_goes_back_without_a_code(grace: Service) -> None:
    await enrolled(grace)

    told = sent_back(await send(grace, await at_the_code(grace), action="cancel"))

    assert "access_denied" == told["error"]


async def test_who_needs_one_sets_it_up_on_the_way(strict: Service) -> None:
    page = await fill_in(strict, await open_page(strict))
    app = app_of(strict, page)
    assert (200, True) == (page.status_code, "<title>Set up a second factor</title>" in page.text)
    assert re.search(r'<div class="picture" role="img" aria-label="[^"]+"><svg viewBox="[0-9 ]+"><path', page.text)

    wrong = await send(strict, page, app.wrong_code())
    assert (400, app.secret) == (wrong.status_code, app_of(strict, wrong).secret)
    assert 'role="alert">The code is not right. Enter the one that the app shows now.' in wrong.text
    kept = await send(strict, wrong, app.code())
    codes = re.findall(r"<li><code>([a-z2-7-]{29})</code></li>", kept.text)
    assert (200, 10, True) == (kept.status_code, len(set(codes)), "Keep your recovery codes" in kept.text)
    issued = (await exchange(strict, sent_back(await send(strict, kept))["code"])).json()

    assert ["pwd", "otp"] == claims_of(issued["access_token"])["amr"]
    assert app.secret not in kept.text
    assert 200 == (await strict.sign_in("grace@x.y", otp=codes[9])).status_code


async def test_nobody_comes_back_to_the_recovery_codes_for_another_sign_in(strict: Service) -> None:
    page = await fill_in(strict, await open_page(strict))
    kept = await send(strict, page, app_of(strict, page).code())

    first, again = await send(strict, kept), await send(strict, kept)

    assert (303, 400) == (first.status_code, again.status_code)
    assert 'name="password"' in again.text


async def test_nobody_gets_around_setting_it_up(strict: Service) -> None:
    page = await fill_in(strict, await open_page(strict))
    fields, mine = form_in(page), App(strict, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    skipped = await send(strict, page, "1", step=fields["step"].replace("enrolment", "nothing"))
    chosen = await send(strict, page, mine.code(), secret=mine.secret)

    for answer in (skipped, chosen):
        assert (403, False) == (answer.status_code, "location" in answer.headers)


@pytest.mark.parametrize("secret", ["x" * 9_000, "é", "<b>", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
@pytest.mark.parametrize("step", ["enrolment.1.x", "code.99999999999.x", "nothing.1.x", "x", "\u00e9" * 100])
async def test_no_step_makes_the_page_fall_over(grace: Service, step: str, secret: str) -> None:
    """Who knows the own cookie can sign any form: the note is what counts, and nothing is drawn without it."""
    visit = form_in(await open_page(grace))
    visit |= {"username": "grace@x.y", "step": step, "secret": secret}
    visit["form_token"] = signed(grace, visit)

    empty = await grace.http.post(PAGE, data=visit)
    answer = await grace.http.post(PAGE, data=visit | {"otp": "123456"})

    for each in (empty, answer):
        assert (400, False, False) == (each.status_code, "location" in each.headers, "<svg" in each.text)
    assert "<b>" not in answer.text + empty.text


def signed(service: Service, fields: dict[str, str]) -> str:
    told = {name: value for name, value in fields.items() if name not in {"form_token", "otp", "action"}}
    return Visit("en", False, service.http.cookies["sign-in"], True).form_token(told)


async def test_the_pages_run_no_script_and_are_never_kept(strict: Service) -> None:
    page = await fill_in(strict, await open_page(strict))

    policy = page.headers["content-security-policy"]
    assert "script" not in policy
    assert "unsafe" not in policy
    assert "no-store" == page.headers["cache-control"]
    for forbidden in ("<script", " style=", " onload", "http://www.w3.org"):
        assert forbidden not in page.text


async def test_the_pages_speak_french_too(strict: Service) -> None:
    strict.http.headers["accept-language"] = "fr"

    page = await fill_in(strict, await open_page(strict))
    kept = await send(strict, page, app_of(strict, page).code())
    strict.clock.pass_by(A_STEP)
    sent_back(await send(strict, kept))
    code = await fill_in(strict, await open_page(strict))

    assert "Configurer un second facteur" in page.text
    assert "Conservez vos codes de secours" in kept.text
    assert "Saisissez votre code" in unescape(code.text)
