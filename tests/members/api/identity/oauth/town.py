"""A library whose people sign in by a town hall, and a browser that does."""

from dataclasses import dataclass
from typing import Any

import httpx

from members_service.adapters.identity.openid_providers import OpenIdProviders
from members_service.domain.identity.roles import Role
from tests.members.api.browser import ASKED
from tests.members.api.conftest import Service
from tests.members.provider import CLIENT, SECRET, TownHall

ADDRESS = "/v1/identity-providers/town"
CALLBACK = "http://members.test/v1/auth/providers/town/callback"
TOWN = {
    "title": "Town hall",
    "issuer": "https://town.example",
    "client_id": CLIENT,
    "client_secret": SECRET,
    "audience": "staff",
    "mail_domains": ["town.example"],
}
GRACE = {"email": "grace@town.example", "email_verified": True, "given_name": "Grace", "family_name": "Hopper"}


@dataclass
class Town:
    """The library and its provider."""

    service: Service
    hall: TownHall

    @classmethod
    async def open(cls, service: Service, **changes: Any) -> "Town":
        """Let people of the service sign in by the town hall."""
        town = cls(service, TownHall(callback=CALLBACK))
        town.meet(town=town.hall)
        town.hall.people["grace"] = GRACE
        answer = await service.request("PUT", ADDRESS, TOWN | changes)
        assert 201 == answer.status_code, answer.text
        return town

    def meet(self, **halls: TownHall) -> None:
        """Let the library reach these providers, by code."""
        transports = {code: hall.transport for code, hall in halls.items()}
        providers = OpenIdProviders(allowed=lambda _: False, ca_file=None, transports=transports)
        self.service.rebind(providers=providers)

    async def change(self, **changes: Any) -> None:
        answer = await self.service.request("PUT", ADDRESS, TOWN | changes, If_Match="*")
        assert 200 == answer.status_code, answer.text

    async def set_out(self, code: str = "town", **changes: Any) -> httpx.Response:
        """Follow the link on the page."""
        asked = {name: value for name, value in (ASKED | changes).items() if value is not None}
        return await self.service.http.get(f"/v1/auth/providers/{code}/begin", params=asked)

    async def come_back(self, person: str = "grace") -> httpx.Response:
        """Sign in at the town hall, and come back."""
        begun = await self.set_out()
        assert 303 == begun.status_code, begun.text
        return await self.service.http.get(self.hall.sign_in(begun.headers["location"], person))

    async def staff(self, email: str = "grace@town.example", *roles: Role) -> str:
        """Open an account, and return its id."""
        return str(await self.service.open_account(email, *(roles or (Role.LIBRARIAN,))))

    async def account(self, account_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = (await self.service.get(f"/v1/accounts/{account_id}")).json()
        return shown
