"""The three services in one process, on files of SQLite; the walk moves the clock of books and loans by hand."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Self
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import delete, select

import books_service.main
import loans_service.main
import members_service.main
from books_service.listeners.loan_events import circulation_listener
from books_service.persistence.tables import plumbing as books_plumbing
from books_service.wiring.service import database_of as books_database_of
from deploy.local.gear import Gear, LibrarySettings
from deploy.local.library import bring_up_to_date
from loans_service.application.use_cases import UseCases
from loans_service.listeners.copy_events import copies_listener
from loans_service.listeners.member_events import members_listener
from loans_service.persistence.tables import plumbing as loans_plumbing
from loans_service.wiring.service import database_of as loans_database_of
from members_service.adapters.identity.argon2_passwords import Argon2Cost
from members_service.application.identity.sessions.ports import Bearer
from members_service.domain.identity.roles import Role
from members_service.persistence.tables import plumbing as members_plumbing
from members_service.wiring.service import database_of as members_database_of
from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming
from shared.persistence.database import Database
from tests.clocks import SteppingClock
from tests.members.makers import scopes_of

PORTS = {"books": 8001, "members": 8002, "loans": 8003, "desk": 8000}
_TOKEN_IS_GOOD_FOR = 600.0  # seconds; tokens live 15 minutes
TWICE = 0.05
"""How often an event comes twice: whoever listens must not mind."""


MOST_REPEATS = 5
"""A disk that others keep busy holds a file of SQLite up, and the answer says so: then a desk repeats the request."""


class Broken(AssertionError):
    """Something that must hold does not; the walk ends here."""


class Town:
    """The library as the walk sees it: requests as somebody, the passing of time, and the news that goes round."""

    def __init__(self, folder: Path, rng: Random) -> None:
        gear = Gear(host="127.0.0.1", ports=PORTS, data=folder, demo=False)
        gear.make_data_folder()
        self.settings = LibrarySettings.of(gear)
        self.rng = rng
        self.clock = SteppingClock(SystemClock().now().replace(microsecond=0))
        self.requests = 0
        self._tokens: dict[str, tuple[str, float]] = {}
        self._stack = AsyncExitStack()
        self._gear = gear

    async def __aenter__(self) -> Self:
        await bring_up_to_date(self.settings)
        self.databases: dict[str, Database] = {
            "books": books_database_of(self.settings.books),
            "members": members_database_of(self.settings.members),
            "loans": loans_database_of(self.settings.loans),
        }
        transports = self._open_apps()
        self._watch_targets()
        for app in self.apps.values():
            await self._stack.enter_async_context(app.router.lifespan_context(app))
        self.http = {
            name: await self._stack.enter_async_context(
                httpx.AsyncClient(transport=transports[name], base_url=self._gear.address(name))
            )
            for name in self.apps
        }
        self.listeners = self._listening()
        return self

    def _open_apps(self) -> dict[str, httpx.AsyncBaseTransport]:
        """Make the applications, each with ways to those that are there already."""
        transports: dict[str, httpx.AsyncBaseTransport] = {}
        settings, found, cost = self.settings, self.databases, Argon2Cost(memory_kib=8, passes=1)
        self.apps: dict[str, FastAPI] = {}

        def add(name: str, app: FastAPI) -> None:
            self.apps[name], transports[name] = app, httpx.ASGITransport(app)

        members = members_service.main.create_app(settings.members, password_cost=cost, database=found["members"])
        add("members", members)
        more: dict[str, Any] = {"transports": transports}
        add("books", books_service.main.create_app(settings.books, database=found["books"], clock=self.clock, **more))
        add("loans", loans_service.main.create_app(settings.loans, database=found["loans"], clock=self.clock, **more))
        return transports

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _watch_targets(self) -> None:
        app = self.apps["loans"]
        self.loans = UseCases(replace(app.state.ports, report_target_failure=_broken))
        loans_service.main.bind(app, self.loans)

    def _listening(self) -> list[Listener]:
        holding, lending, privacy = self.loans.holding, self.loans.lending, self.loans.privacy
        return [
            circulation_listener(self.apps["books"].state.stock.follow_circulation),
            copies_listener(holding.note_copy_report, lending.correct_title, holding.join_queues),
            members_listener(
                privacy.note_leaving,
                privacy.join_borrowers,
                privacy.follow_category,
                privacy.follow_history_choice,
                self.loans.fines.charge_fees,
            ),
        ]

    def token(self, role: Role, member_id: str | None = None, *, subject: str | None = None) -> str:
        """Return a token of somebody with this role, who is this member."""
        who = f"{role} {member_id} {subject}"
        known, until = self._tokens.get(who, ("", 0.0))
        if time.monotonic() > until:
            member = None if member_id is None else UUID(member_id)
            bearer = Bearer(subject or str(new_id()), "desk", scopes_of([role]), (role,), member)
            tokens = self.apps["members"].state.identity.signing_in.sign_in_client.tokens
            known = tokens.issue(bearer, now=SystemClock().now())
            self._tokens[who] = (known, time.monotonic() + _TOKEN_IS_GOOD_FOR)
        return known

    async def ask(
        self, method: str, service: str, path: str, body: object = None, *, token: str, **headers: str
    ) -> httpx.Response:
        """Send a request. Raises Broken for an answer that the library must never give."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | {"Authorization": f"Bearer {token}"}
        what: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        for _ in range(MOST_REPEATS):
            self.requests += 1
            answer = await self.http[service].request(method, path, headers=sent, **what)
            if answer.status_code != 503 or answer.json()["code"] != "unavailable":  # says: repeat the request
                break
        if answer.status_code >= 500 or answer.status_code in {401, 405, 429}:
            raise Broken(f"{method} {service} {path} {body}: {answer.status_code} {answer.text[:500]}")
        return answer

    async def settle(self) -> None:
        """Let all news arrive, and the worker look at all who wait, until nothing is left to do."""
        while await self._bring_news() or await self.loans.holding.choose_targets():
            pass

    async def sweep(self) -> None:
        """Do the timed work of lending; nothing of it may fail."""
        done = await self.loans.lending.sweep()
        if done.failed:
            raise Broken(f"the timed work failed: {done}")

    def pass_by(self, passed: timedelta) -> None:
        self.clock.pass_by(passed)

    async def _bring_news(self) -> int:
        brought = 0
        tables = {"books": books_plumbing, "members": members_plumbing, "loans": loans_plumbing}
        for service, plumbing in tables.items():
            database, outbox = self.databases[service], plumbing.outbox
            rows = await database.rows(select(outbox).order_by(outbox.c.sequence))
            for row in rows:
                for _ in range(2 if self.rng.random() < TWICE else 1):
                    await self._tell(service, row)
            if rows:
                async with database.engine.begin() as connection:
                    await connection.execute(delete(outbox).where(outbox.c.sequence <= rows[-1].sequence))
            brought += len(rows)
        return brought

    async def _tell(self, service: str, row: Any) -> None:
        event = Incoming(
            id=str(row.event_id),
            source=f"/{service}",
            type=row.type,
            subject=row.subject,
            time=row.occurred_at,
            sequence=row.sequence,
            data=row.data,
        )
        for listener in self.listeners:
            if event.type in listener.types:
                await listener.handle(event)


def _broken(book_id: UUID, error: Exception) -> None:
    raise Broken(f"choosing targets of {book_id} failed") from error


async def done(answer: httpx.Response) -> Any:
    """Return what was answered, which must be that it was done."""
    if not answer.is_success:
        raise Broken(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}")
    return answer.json() if answer.content else None


async def imported(town: Town, service: str, query: str, content: bytes, token: str) -> dict[str, Any]:
    """Hand in a file, and return what became of it."""
    answer = await town.ask(
        "POST", service, f"/v1/imports?{query}", content, token=token, Content_Type="application/json"
    )
    await done(answer)
    state = town.apps[service].state
    run_import = (state.exchange if service == "books" else state.moving_in).run_import
    while True:
        await run_import()
        job: dict[str, Any] = await done(await town.ask("GET", service, answer.headers["location"], token=token))
        if job["state"] in {"done", "failed"}:
            return job
        await asyncio.sleep(0.02)
