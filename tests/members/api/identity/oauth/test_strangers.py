"""Whoever comes back from a provider and is not known here is linked by a password, or keeps it."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from members_service.domain.identity.roles import Role
from members_service.domain.identity.second_factor import Requirement
from tests.members.api.authenticator import enrolled
from tests.members.api.browser import PAGE, exchange, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.town import Town


@pytest.fixture
async def town(service: Service) -> Town:
    return await Town.open(service)


async def test_a_stranger_is_linked_by_the_password_once(town: Town) -> None:
    account_id = await town.staff("grace@library.example")
    town.hall.people["grace"] = {"email": "grace@library.example", "email_verified": True}
    page = await town.come_back()

    linked = await fill_in(town.service, page, "grace@library.example")

    assert "code" in sent_back(linked)
    assert not (await town.account(account_id))["activated"]
    assert "code" in sent_back(await town.come_back())


async def test_the_note_of_a_stranger_is_worth_nothing_in_another_browser(town: Town) -> None:
    account_id = await town.staff("grace@library.example")
    town.hall.people["grace"] = {"email": "grace@library.example", "email_verified": True}
    note = form_in(await town.come_back())["stranger"]
    town.service.http.cookies.clear()

    page = await fill_in(town.service, await open_page(town.service, stranger=note), "grace@library.example")

    assert 400 == page.status_code
    assert "not meant for this account" in page.text
    assert (await town.account(account_id))["activated"]


async def test_a_stranger_is_not_linked_who_could_not_come_back_that_way(town: Town) -> None:
    account_id = await town.staff("grace@library.example")
    app, _, _ = await enrolled(town.service, "grace@library.example")
    second_factor = replace(town.service.identity.ports.second_factor, requirement=Requirement.STAFF)
    town.service.rebind(second_factor=second_factor)
    town.hall.people["grace"] = {"email": "grace@library.example", "email_verified": True}

    async def linked() -> httpx.Response:
        town.service.clock.pass_by(timedelta(seconds=30))
        step = await fill_in(town.service, await town.come_back(), "grace@library.example")
        return await town.service.http.post(PAGE, data=form_in(step) | {"otp": app.code(), "action": "sign_in"})

    refused = await linked()
    before = await town.account(account_id)
    town.hall.people["grace"] |= {"amr": ["pwd", "otp"]}

    assert (400, True, True) == (refused.status_code, before["activated"], before["second_factor"])
    assert "did not show one" in refused.text
    assert "code" in sent_back(await linked())
    assert not (await town.account(account_id))["activated"]


async def test_a_stranger_whose_groups_bring_nothing_is_not_linked_and_keeps_the_password(town: Town) -> None:
    await town.change(groups={"library-desk": [{"role": "desk", "branches": None}]})
    await town.staff("grace@library.example")
    town.hall.people["grace"] = {"email": "grace@library.example", "email_verified": True, "groups": ["bowling"]}

    refused = await fill_in(town.service, await town.come_back(), "grace@library.example")

    assert (400, True) == (refused.status_code, "not meant for this account" in refused.text)
    assert 200 == (await town.service.sign_in("grace@library.example")).status_code


async def test_a_stranger_whose_groups_bring_what_needs_a_second_factor_is_linked_with_one_alone(town: Town) -> None:
    second_factor = replace(town.service.identity.ports.second_factor, requirement=Requirement.STAFF)
    town.service.rebind(second_factor=second_factor)
    await town.change(groups={"desk": [{"role": "librarian"}]})
    await town.service.a_member_who_can_sign_in(email="grace@library.example")
    town.hall.people["grace"] = {"email": "grace@library.example", "email_verified": True, "groups": ["desk"]}

    refused = await fill_in(town.service, await town.come_back(), "grace@library.example")
    kept = await town.service.sign_in("grace@library.example")
    town.hall.people["grace"] |= {"amr": ["mfa"]}
    linked = await fill_in(town.service, await town.come_back(), "grace@library.example")

    assert (400, True, 200) == (refused.status_code, "did not show one" in refused.text, kept.status_code)
    assert "loans:write" in (await exchange(town.service, sent_back(linked)["code"])).json()["scope"]


async def test_the_last_administrator_stays_whatever_the_groups_of_a_stranger_bring(town: Town) -> None:
    await town.change(groups={"desk": [{"role": "librarian"}]})
    account_id = await town.staff("grace@library.example", Role.ADMIN)
    town.hall.people["grace"] = {"email": "grace@library.example", "email_verified": True, "groups": ["desk"]}

    refused = await fill_in(town.service, await town.come_back(), "grace@library.example")

    assert "This is the last administrator with a password" in refused.text
    assert ["admin"] == (await town.account(account_id))["roles"]
