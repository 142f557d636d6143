"""Passkeys in a real browser with virtual devices: added, shown without a name, on two devices, lost, and copied."""

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.async_api import Browser, CDPSession, Page, ViewportSize

from tests.end_to_end.browser import SignInPage, obstacles_on
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import LIBRARIAN, done
from tests.end_to_end.test_sign_in_page import CHALLENGE, VERIFIER

DEVICE = {
    "protocol": "ctap2",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
EXPECTED = re.compile(r"400 \(Bad Request\)|swaggerUIRedirectOauth2")
"""The copied passkey, and Swagger's page to come back to, which misses the window that it was opened from."""

SMALL: ViewportSize = {"width": 375, "height": 667}


class PasskeyOwner(SignInPage):
    """Somebody with devices, at the page on which people sign in; browsers keep passkeys for names, not addresses."""

    def __init__(self, page: Page, devices: CDPSession, library: EmbeddedLibrary) -> None:
        super().__init__(page)
        self.page = page
        self.library = library
        self._devices = devices
        self._members = library.members.replace("127.0.0.1", "localhost")
        self.back = f"{self._members}/docs/oauth2-redirect"

    async def get_device(self, transport: str) -> str:
        options = {"options": DEVICE | {"transport": transport}}
        device: str = (await self._devices.send("WebAuthn.addVirtualAuthenticator", options))["authenticatorId"]
        return device

    async def lose(self, device: str) -> None:
        await self._devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})

    async def credential_on(self, device: str) -> dict[str, Any]:
        found = await self._devices.send("WebAuthn.getCredentials", {"authenticatorId": device})
        (credential,) = found["credentials"]
        return dict(credential)

    async def turn_counter_back(self, device: str) -> None:
        credential = await self.credential_on(device) | {"signCount": 0}
        await self._devices.send("WebAuthn.clearCredentials", {"authenticatorId": device})
        await self._devices.send("WebAuthn.addCredential", {"authenticatorId": device, "credential": credential})

    async def open(self, **more: str) -> None:
        """Open the page as somebody whom the browser does not know."""
        await self.page.context.clear_cookies()
        asked = {"response_type": "code", "client_id": "swagger", "redirect_uri": self.back, "state": "mine"} | more
        asked |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        await self.page.goto(f"{self._members}/v1/auth/authorize?{urlencode(asked)}")

    async def show_passkey(self) -> None:
        await self.page.get_by_role("button", name="Sign in with a passkey").press("Enter")

    async def see_to_passkeys(self) -> None:
        await self.page.wait_for_selector("#passkey_name")

    async def add(self, name: str) -> None:
        """Add a passkey with the keyboard alone."""
        await self.page.focus("#passkey_name")
        await self.page.keyboard.type(name)
        await self.page.keyboard.press("Tab")
        await self.page.keyboard.press("Enter")
        await self.page.get_by_role("status").wait_for()

    async def names(self) -> list[str]:
        return await self.page.locator(".passkeys strong").all_inner_texts()

    async def token(self) -> str:
        """Return the token of somebody who is led back from the page."""
        await self.page.wait_for_url(f"{self.back}?**")
        told = parse_qs(urlsplit(self.page.url).query)
        form = {"grant_type": "authorization_code", "client_id": "swagger", "code": told["code"][0]}
        form |= {"code_verifier": VERIFIER, "redirect_uri": self.back}
        token: str = done(await self.library.http.post(f"{self.library.members}/v1/auth/token", data=form))[
            "access_token"
        ]
        return token


@contextlib.asynccontextmanager
async def at_the_page_with_devices(
    browser: Browser, library: EmbeddedLibrary, *, dark: bool = False
) -> AsyncIterator[PasskeyOwner]:
    context = await browser.new_context(viewport=SMALL, color_scheme="dark" if dark else "light", locale="en-GB")
    page = await context.new_page()
    devices = await context.new_cdp_session(page)
    await devices.send("WebAuthn.enable", {"enableUI": False})
    try:
        yield PasskeyOwner(page, devices, library)
    finally:
        await context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_passkeys_from_the_first_to_the_lost_one(dark: bool, browser: Browser, embedded: EmbeddedLibrary) -> None:
    async with at_the_page_with_devices(browser, embedded, dark=dark) as owner:
        phone = await owner.get_device("internal")
        await owner.open(then="passkeys")
        assert [] == await obstacles_on(owner.page)
        assert await owner.is_readable()
        await owner.sign_in(LIBRARIAN)
        await owner.see_to_passkeys()
        await owner.add("My phone")
        assert ["My phone"] == await owner.names()
        assert [] == await obstacles_on(owner.page)
        assert await owner.is_readable()

        await owner.open()  # nobody types anything: the device that is there shows its passkey
        assert await owner.token()

        await owner.open(then="passkeys")
        await owner.see_to_passkeys()
        key = await owner.get_device("usb")
        await owner.add("My key")
        assert ["My phone", "My key"] == await owner.names()

        await owner.page.get_by_role("button", name="Remove: My phone").press("Enter")
        await owner.page.get_by_text("The passkey was removed.").wait_for()
        await owner.lose(phone)
        await owner.open()
        await owner.show_passkey()
        assert await owner.token()

        await owner.turn_counter_back(key)
        await owner.open()
        await owner.show_passkey()
        await owner.page.get_by_text("may have been copied").wait_for()

        await owner.lose(key)
        await owner.open(then="passkeys")
        await owner.sign_in(LIBRARIAN)  # without a device the password still lets its owner in
        await owner.see_to_passkeys()
        await owner.page.get_by_role("button", name="Remove: My key").press("Enter")
        await owner.page.get_by_text("The passkey was removed.").wait_for()
        assert [] == [text for text in owner.complaints if not EXPECTED.search(text)]


async def test_on_a_public_computer_no_passkey_is_offered(browser: Browser, embedded: EmbeddedLibrary) -> None:
    async with at_the_page_with_devices(browser, embedded) as owner:
        await owner.open()
        button = owner.page.get_by_role("button", name="Sign in with a passkey")
        await button.wait_for()

        await owner.page.get_by_label("Only this once", exact=False).check()

        await button.wait_for(state="hidden")
        await owner.page.get_by_label("Only this once", exact=False).uncheck()
        await button.wait_for()
