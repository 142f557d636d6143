"""Somebody with an authenticator app."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from tests.members.api.conftest import Service

MINE = "/v1/accounts/me/second-factor"
NEVER_RIGHT = "not-a-code"


@dataclass
class App:
    """The app, with one account in it."""

    service: Service
    secret: str

    def code(self) -> str:
        """Return what it shows now."""
        return pyotp.TOTP(self.secret).at(self.service.clock.now())

    def wrong_code(self) -> str:
        """Return six digits that it shows neither now nor before nor after."""
        now = self.service.clock.now()
        shown = {pyotp.TOTP(self.secret).at(now, counter_offset=step) for step in (-1, 0, 1)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in shown)


async def token_of(service: Service, username: str = "grace@x.y", **form: str) -> str:
    answer = await service.sign_in(username, **form)
    assert 200 == answer.status_code, answer.text
    token: str = answer.json()["access_token"]
    return token


async def offered(service: Service, token: str, **headers: str) -> App:
    answer = await service.request("POST", MINE, token=token, **headers)
    assert 201 == answer.status_code, answer.text
    body: dict[str, Any] = answer.json()
    assert [body["secret"]] == parse_qs(urlsplit(body["otpauth_uri"]).query)["secret"]
    return App(service, body["secret"])


async def send_code(service: Service, token: str, what: str, otp: str, **headers: str) -> httpx.Response:
    return await service.request("POST", f"{MINE}/{what}", {"otp": otp}, token=token, **headers)


async def enrolled(service: Service, username: str = "grace@x.y") -> tuple[App, str, list[str]]:
    """Set a second factor up; return the app, a token of a fresh sign-in from before, and the recovery codes."""
    token = await token_of(service, username)
    app = await offered(service, token)
    answer = await send_code(service, token, "confirmation", app.code())
    assert 200 == answer.status_code, answer.text
    return app, token, answer.json()["recovery_codes"]
