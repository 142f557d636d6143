"""The members service as its clients see it: the real application, database and keys, with cheap password hashes."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from members_service.adapters.identity.argon2_passwords import Argon2Cost
from members_service.application.identity.accounts.create_account import NewAccount
from members_service.application.identity.sessions.ports import Bearer
from members_service.application.identity.use_cases import IdentityUseCases
from members_service.domain.identity.roles import Role
from members_service.main import create_app
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.tables import map_model
from members_service.settings import Settings
from shared.configuration import load
from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.tokens import SigningKey
from tests.clocks import SteppingClock
from tests.kept_database import Lent
from tests.members.fakes import Books, FakeLending
from tests.members.makers import PASSWORD, scopes_of

LOANS_SECRET = "the secret of loans, which is long enough"
KIOSK_SECRET = "k1osk+%41, and 32 characters or more"
CLIENTS = {
    "loans": {"secret": LOANS_SECRET, "scopes": ["books:lending", "members:standing"]},
    "kiosk": {"secret": KIOSK_SECRET, "scopes": ["loans:write"]},
}
_numbers = count(1)


@dataclass
class Service:
    """The service under test, the hand that moves its clock, and a token for every role."""

    app: FastAPI
    http: httpx.AsyncClient
    clock: SteppingClock
    database: Database
    key: SigningKey
    data_keys: DataKeys
    books: Books
    lending: FakeLending

    @property
    def identity(self) -> IdentityUseCases:
        use_cases: IdentityUseCases = self.app.state.identity
        return use_cases

    def rebind(self, **ports: Any) -> None:
        """Let the use cases reach the outside by other ports."""
        self.app.state.identity = IdentityUseCases(replace(self.identity.ports, **ports), self.identity.readers)

    @property
    def today(self) -> date:
        return self.clock.now().date()

    def day(self, days: int) -> str:
        """Return a day before or after today, as JSON has it."""
        return (self.today + timedelta(days=days)).isoformat()

    def token(self, *roles: Role, member_id: UUID | str | None = None, subject: UUID | str | None = None) -> str:
        return self._issue(scopes_of(roles), tuple(roles), member_id, subject)

    def token_for(self, *scopes: str) -> str:
        return self._issue(frozenset(scopes), (), None, "loans")

    def _issue(
        self, scopes: frozenset[str], roles: tuple[str, ...], member_id: UUID | str | None, subject: UUID | str | None
    ) -> str:
        member = None if member_id is None else UUID(str(member_id))
        bearer = Bearer(str(subject or new_id()), "library", scopes, roles, member)
        return self.identity.signing_in.sign_in_client.tokens.issue(bearer, now=SystemClock().now())

    async def request(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """Send a request; without a token it is an admin's."""
        given = token if token is not None else self.token(Role.ADMIN)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if given:
            sent["Authorization"] = f"Bearer {given}"
        return await self.http.request(method, path, json=body, headers=sent)

    async def get(self, path: str, *, token: str | None = None, **headers: str) -> httpx.Response:
        given = token if token is not None else self.token(Role.ADMIN)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if given:
            sent["Authorization"] = f"Bearer {given}"
        return await self.http.get(path, headers=sent)

    async def enrol(self, **facts: Any) -> dict[str, Any]:
        """Enrol somebody of no importance, and return the answer."""
        body = {"name": "Ada Lovelace", "email": f"m{next(_numbers)}@library.example", "category": "adult"} | facts
        answer = await self.request("POST", "/v1/members", body)
        assert 201 == answer.status_code, answer.text
        enrolled: dict[str, Any] = answer.json()
        return enrolled

    async def a_member_who_can_sign_in(self, **facts: Any) -> dict[str, Any]:
        enrolled = await self.enrol(**facts)
        body = {"activation_token": enrolled["activation_token"], "password": PASSWORD}
        answer = await self.request("POST", "/v1/auth/activate", body, token="")
        assert 200 == answer.status_code, answer.text
        return enrolled

    async def open_account(self, email: str, *roles: str) -> UUID:
        opened = await self.identity.accounts.create_account(NewAccount(email, PASSWORD, roles))
        return opened.account.account_id

    async def ask_for_token(self, *, basic: tuple[str, str] | None = None, **form: str) -> httpx.Response:
        auth = httpx.BasicAuth(*basic) if basic else httpx.USE_CLIENT_DEFAULT
        return await self.http.post("/v1/auth/token", data=form, auth=auth)

    async def sign_in(self, username: str, password: str = PASSWORD, **form: str) -> httpx.Response:
        fields = {"grant_type": "password", "username": username, "password": password} | form
        return await self.http.post("/v1/auth/token", data=fields)

    async def standing(self, **query: str) -> httpx.Response:
        token = self.token_for("members:standing")
        return await self.http.get("/v1/members/standing", params=query, headers={"Authorization": f"Bearer {token}"})


async def a_service(database: Database, folder: Path, **settings: Any) -> AsyncIterator[Service]:
    """Start a service on a database."""
    map_model()
    key_file, data_keys_file = folder / "key.pem", folder / "data-keys.txt"
    given = {
        "database_url": database.engine.url.render_as_string(hide_password=False),
        "signing_keys_file": key_file,
        "make_signing_key": True,
        "data_keys_file": data_keys_file,
        "make_data_keys": True,
        "auth_password_grant": "on",
        "clients": json.dumps(CLIENTS),
        "books_url": "http://books.test",
        "loans_url": "http://loans.test",
        "self_url": "http://members.test",
        "client_secret": LOANS_SECRET,
    }
    clock = SteppingClock(SystemClock().now().replace(microsecond=0))
    cost = Argon2Cost(memory_kib=8, passes=1)
    books, lending = Books("MAIN", "EAST"), FakeLending()
    lent = httpx.MockTransport(lending.answer)
    app = create_app(
        load(Settings, **given | settings),
        password_cost=cost,
        clock=clock,
        database=Lent(database),
        transports={"books": httpx.MockTransport(books.answer), "loans": lent, "members": lent},
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://members.test") as http,
    ):
        yield Service(
            app,
            http,
            clock,
            database,
            SigningKey.from_pem(key_file.read_bytes()),
            DataKeys(data_keys_file),
            books,
            lending,
        )


@pytest.fixture
async def service(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async for started in a_service(sqlite_database, tmp_path):
        yield started


@pytest.fixture
async def service_on_either(database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async for started in a_service(database, tmp_path):
        yield started


@pytest.fixture
async def grace(service: Service) -> Service:
    """Start a service at which Grace has an account."""
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    return service
