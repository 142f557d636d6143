"""The loans service as its clients see it: the real application and database, with neighbours in memory."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from loans_service.adapters.rules.public_holidays import public_holidays
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.rules.queries import RuleQueries
from loans_service.application.use_cases import UseCases
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.main import bind, create_app
from loans_service.persistence.import_tables import imports
from loans_service.persistence.rules.rulebook import RulesCache
from loans_service.persistence.tables import plumbing
from loans_service.persistence.unit_of_work import SYSTEM, UnitOfWork
from loans_service.settings import Settings
from shared.configuration import load
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.imports import SqlImportJobs
from shared.tokens import SigningKey, StaticKeys, sign
from tests.clocks import SteppingClock
from tests.kept_database import Lent
from tests.loans.branch import raise_failure
from tests.loans.fakes import FakeBranches, FakeCatalogue, FakeFigures, FakeMembers
from tests.loans.makers import ADA, NOW, UTC_ZONE, a_copy, a_standing

ROLES = {
    "librarian": "books:write members:read members:write loans:read loans:write",
    "member": "self",
    "admin": "books:write members:read members:write loans:read loans:write admin",
}
KEY = SigningKey.generate()


def a_token(
    *,
    role: str | None = None,
    scope: str = "",
    only: str | None = None,
    member_id: UUID | None = None,
    client_id: str = "swagger",
    rights: str | None = None,
    subject: str | None = None,
) -> str:
    """Return the token of somebody with what the role gives, and `scope`; of an app that was given `only` a part.

    `rights` are those that it holds, where they are fewer than its scopes stand for.
    """
    now = int(time.time())
    claims: dict[str, Any] = {"iss": "library", "aud": "library", "sub": subject or str(new_id()), "jti": str(new_id())}
    claims |= {"iat": now, "nbf": now, "exp": now + 3_500, "client_id": client_id}
    scopes = f"{ROLES.get(role or '', '')} {scope}".strip() if only is None else only
    claims |= {"scope": scopes, "roles": [role] if role else []}
    if member_id is not None:
        claims["member_id"] = str(member_id)
    if rights is not None:
        claims["rights"] = rights
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
    figures: FakeFigures
    reports: int = 0

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

    async def choose_targets(self) -> int:
        """Do what the worker does once a second; return how many books were looked at."""
        done: int = await self.app.state.holding.choose_targets()
        return done

    async def hear_of(self, barcode: str = "30000000000019", /, **change: Any) -> None:
        """Let books change a copy, tell of it, and the worker look at its book."""
        await self.note_of(barcode, **change)
        await self.choose_targets()

    async def note_of(self, barcode: str = "30000000000019", /, **change: Any) -> None:
        """Let books change a copy and tell of it, before the worker looks at its book."""
        (place,) = [at for at, copy in enumerate(self.catalogue.copies) if copy.barcode == barcode]
        copy = replace(self.catalogue.copies[place], **change)
        self.catalogue.copies[place] = copy
        status = copy.refusals[0].figures["status"] if copy.refusals else "in_service"
        self.reports += 1
        report = CopyReport(
            *(copy.copy_id, copy.book_id, copy.barcode, copy.branch, copy.item_type, status, self.reports),
            at=self.clock.now(),
            is_of_status="refusals" in change,
            volume_key=copy.volume_key,
            names_volume=True,
            price=copy.price,
            staff_note=copy.staff_note,
            location=copy.location,
        )
        await self.app.state.holding.note_copy_report(report, listener="loans.copies", message_id=str(new_id()))

    async def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield type and data of all that was told, oldest first."""
        told = select(plumbing.outbox.c.type, plumbing.outbox.c.data).order_by(plumbing.outbox.c.sequence)
        for row in await self.database.rows(told):
            yield row.type, row.data

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token or LIBRARIAN}"} | headers)


LIBRARIAN = a_token(role="librarian")
ADMIN = a_token(role="admin")
ADAS = a_token(role="member", member_id=ADA)
JESSICA, REBECCA, STEVE = new_id(), new_id(), new_id()


def _app_on(database_url: str, database: Database | None = None) -> FastAPI:
    settings = load(
        Settings,
        database_url=database_url,
        books_url="http://books.invalid",
        members_url="http://members.invalid",
        client_secret="not used here, but of a good length",
        imports_in="relay",
    )
    return create_app(settings, keys=StaticKeys([KEY.public_jwk()]), database=database)


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """What the service says of itself, which no database changes."""
    return _app_on("sqlite+aiosqlite:///unused.db").openapi()


@pytest.fixture
async def service(database: Database) -> AsyncIterator[Service]:
    app = _app_on(database.engine.url.render_as_string(hide_password=False), Lent(database))
    catalogue, members, clock = FakeCatalogue(a_copy()), FakeMembers(ADA=a_standing()), SteppingClock(NOW)
    changed = {"catalogue": catalogue, "stock": catalogue, "members": members, "clock": clock}
    figures = FakeFigures()
    changed |= {
        "figures": {**app.state.ports.figures, "books": figures, "members": figures},
        "loans": LoanQueries(database, clock),
        "catalogue_states": catalogue,
        "titles": catalogue,
        "branches": FakeBranches(catalogue),
        "categories": members,
        "guardians": members,
        "imports": SqlImportJobs(database, imports, plumbing, clock=clock, on_commit=lambda: None),
        "report_target_failure": raise_failure,
    }
    rules = RulesCache("EUR", UTC_ZONE, public_holidays, clock)
    changed["rules"] = RuleQueries(database, rules)
    work = partial(UnitOfWork, database, rules=rules, clock=clock)

    def unit_of_work(receipt: Receipt | None = None, *, by: str = SYSTEM) -> UnitOfWork:
        return work(receipt=receipt, on_commit=lambda: None, by=by)

    ports = replace(app.state.ports, **changed, unit_of_work=unit_of_work)
    use_cases = UseCases(ports)
    for what, take_in in use_cases.moving_in.take_in.items():
        use_cases.moving_in.take_in[what] = replace(take_in, pauses=())
    use_cases.moving_in.run_import = replace(use_cases.moving_in.run_import, pause=0.0)
    bind(app, use_cases)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://loans.test") as http,
    ):
        yield Service(app, database, http, catalogue, members, clock, figures)


@pytest.fixture
def library(service: Service) -> Service:
    """A library in which Jessica, Rebecca and Steve are members."""
    for card, member_id in (("JESSICA", JESSICA), ("REBECCA", REBECCA), ("STEVE", STEVE)):
        service.members.by_card[card] = a_standing(member_id=member_id)
    return service
