"""Somebody guesses a password, from many places: few guesses are looked at, and the owner still gets in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from members_service.application.passwords_and_pins import Passwords, SecretVerdict
from members_service.domain.identity.attempts import STRANGERS
from members_service.domain.identity.roles import Role
from tests.members.api.browser import fill_in, open_page, sent_back
from tests.members.api.conftest import Service
from tests.members.makers import PASSWORD

ADA = "ada@library.example"


class CountedPasswords:
    """Counts how often a password is really looked at."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self.looked_at = 0

    async def hash(self, password: str) -> str:
        return await self._passwords.hash(password)

    async def verify(self, password: str, password_hash: str | None) -> SecretVerdict:
        self.looked_at += 1
        return await self._passwords.verify(password, password_hash)


@asynccontextmanager
async def somebody_at(address: str, service: Service) -> AsyncIterator[Service]:
    """Give the service as a browser of its own sees it, from this address."""
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False, client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://members.test") as http:
        yield replace(service, http=http)


async def test_of_many_guesses_from_fifty_addresses_few_are_looked_at_and_the_owner_gets_in(service: Service) -> None:
    await service.open_account(ADA, Role.MEMBER)
    passwords = CountedPasswords(service.identity.accounts.create_account.passwords)
    async with somebody_at("192.0.2.1", service) as owner:
        assert 200 == (await owner.sign_in(ADA)).status_code
        service.rebind(passwords=passwords)

        for number in range(200):
            async with somebody_at(f"198.51.{number % 50}.1", service) as stranger:
                answer = await stranger.sign_in(ADA, f"guess {number}")
            assert answer.status_code in {400, 429}
            service.clock.pass_by(timedelta(milliseconds=2_995))
        looked_at = passwords.looked_at
        at_home = await owner.sign_in(ADA)
        owner.http._transport = httpx.ASGITransport(service.app, client=("198.51.7.1", 50_000))
        abroad = await owner.sign_in(ADA)

    assert STRANGERS.tries <= looked_at <= 20
    assert (200, 200) == (at_home.status_code, abroad.status_code)


async def test_a_browser_that_has_signed_in_before_gets_in_from_anywhere(service: Service) -> None:
    await service.open_account(ADA, Role.MEMBER)
    async with somebody_at("192.0.2.1", service) as phone, somebody_at("203.0.113.7", service) as new_phone:
        assert "code" in sent_back(await fill_in(phone, await open_page(phone), username=ADA))
        async with somebody_at("198.51.100.1", service) as stranger:
            refused = [await stranger.sign_in(ADA, "guess") for _ in range(20)][-1]
        phone.http._transport = httpx.ASGITransport(service.app, client=("198.51.100.2", 50_000))

        on_the_page = await fill_in(phone, await open_page(phone), username=ADA)
        new = await fill_in(new_phone, await open_page(new_phone), username=ADA)

    assert 429 == refused.status_code
    assert "code" in sent_back(on_the_page)
    assert 429 == new.status_code, "an unknown device in an unknown network shares its tries with the stranger"


async def test_wrong_passwords_make_no_device_known(service: Service) -> None:
    await service.open_account(ADA, Role.MEMBER)

    page = await fill_in(service, await open_page(service), username=ADA, password="wrong")
    token = await service.sign_in(ADA, "wrong")

    assert [] == [
        cookie for answer in (page, token) for cookie in answer.headers.get_list("set-cookie") if "device" in cookie
    ]


@pytest.mark.parametrize("kept", ["", "short", "x" * 44, "é" * 43, 'a"b', "../" * 20])
async def test_a_cookie_that_is_none_of_ours_is_replaced(service: Service, kept: str) -> None:
    await service.open_account(ADA, Role.MEMBER)
    form = {"grant_type": "password", "username": ADA, "password": PASSWORD}

    cookie = {b"Cookie": f"device={kept}".encode()}  # bytes, as a bad client sends them
    answer = await service.http.post("/v1/auth/token", data=form, headers=cookie)

    assert 200 == answer.status_code
    assert 43 == len(answer.cookies["device"])


async def test_the_cookie_is_for_signing_in_only(service: Service) -> None:
    await service.open_account(ADA, Role.MEMBER)

    first = (await service.sign_in(ADA)).headers["set-cookie"]
    again = (await service.sign_in(ADA)).headers["set-cookie"]

    assert {"HttpOnly", "Max-Age=7776000", "Path=/v1/auth", "SameSite=lax"} == set(first.split("; ")[1:])
    assert first == again, "a device keeps its secret"
    assert "cookie" not in (await service.get("/v1/members")).request.headers
