"""The loans service as its clients see it: the real application and database, with neighbours in memory."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from loans_service.adapters.sql_tables import plumbing
from loans_service.main import create_app
from loans_service.settings import Settings
from loans_service.wiring import bind
from shared.configuration import load
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.tokens import SigningKey, StaticKeys, sign
from tests.loans.fakes import FakeBranches, FakeCatalogue, FakeMembers, SteppingClock
from tests.loans.makers import ADA, a_copy, a_standing

ROLES = {
    "librarian": "books:write members:read members:write loans:read loans:write",
    "member": "self",
    "admin": "books:write members:read members:write loans:read loans:write admin",
}
KEY = SigningKey.generate()


def a_token(
    *, role: str | None = None, scope: str = "", member_id: UUID | None = None, client_id: str = "swagger"
) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {"iss": "library", "aud": "library", "sub": str(new_id()), "jti": str(new_id())}
    claims |= {"iat": now, "nbf": now, "exp": now + 3_500, "client_id": client_id}
    claims |= {"scope": ROLES[role] if role else scope, "roles": [role] if role else []}
    if member_id is not None:
        claims["member_id"] = str(member_id)
    return sign(KEY, claims)


@dataclass
class Service:
    """The service under test, and the hands that move its neighbours and its clock."""

    app: FastAPI
    database: Database
    http: httpx.AsyncClient
    catalogue: FakeCatalogue
    members: FakeMembers
    clock: SteppingClock

    async def check_out(self, *, key: str | None = None, token: str | None = None, **body: Any) -> httpx.Response:
        body = {"copy_barcode": "30000000000019", "card_number": "ADA"} | body
        return await self.post(
            "/v1/loans", {name: value for name, value in body.items() if value is not None}, key, token
        )

    async def bring_back(self, *, key: str | None = None, **body: Any) -> httpx.Response:
        return await self.post("/v1/returns", {"copy_barcode": "30000000000019"} | body, key)

    async def post(
        self,
        path: str,
        body: dict[str, Any],
        key: str | None = None,
        token: str | None = None,
        *,
        if_match: str | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or LIBRARIAN}"}
        if if_match is not None:
            headers["If-Match"] = if_match
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.http.post(path, json=body, headers=headers)

    async def put(
        self, path: str, body: dict[str, Any], *, if_match: str | None = None, token: str | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or ADMIN}"}
        if if_match is not None:
            headers["If-Match"] = if_match
        return await self.http.put(path, json=body, headers=headers)

    async def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield type and data of all that was told, oldest first."""
        async with self.database.reading() as connection:
            told = select(plumbing.outbox.c.type, plumbing.outbox.c.data).order_by(plumbing.outbox.c.sequence)
            for row in await connection.execute(told):
                yield row.type, row.data

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token or LIBRARIAN}"} | headers)


LIBRARIAN = a_token(role="librarian")
ADMIN = a_token(role="admin")
ADAS = a_token(role="member", member_id=ADA)
JESSICA, REBECCA, STEVE = new_id(), new_id(), new_id()


@pytest.fixture
async def service(database: Database) -> AsyncIterator[Service]:
    settings = load(
        Settings,
        database_url=database.engine.url.render_as_string(hide_password=False),
        books_url="http://books.invalid",
        members_url="http://members.invalid",
        client_secret="not used here",
    )
    app = create_app(settings, keys=StaticKeys([KEY.public_jwk()]))
    catalogue, members, clock = FakeCatalogue(a_copy()), FakeMembers(ADA=a_standing()), SteppingClock()
    ports = replace(app.state.ports, catalogue=catalogue, shown=catalogue, branches=FakeBranches(catalogue))
    bind(app, replace(ports, members=members, categories=members, clock=clock))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://loans.test") as http,
    ):
        yield Service(app, database, http, catalogue, members, clock)


@pytest.fixture
def library(service: Service) -> Service:
    """A library in which Jessica, Rebecca and Steve are members."""
    for card, member_id in (("JESSICA", JESSICA), ("REBECCA", REBECCA), ("STEVE", STEVE)):
        service.members.by_card[card] = a_standing(member_id=member_id)
    return service
