"""All three services and the desk in one process: four HTTP servers, three relays, one bus in memory; and SIP2."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp

import books_service.main
import books_service.worker
import loans_service.main
import loans_service.worker
import members_service.main
import members_service.worker
from books_service.wiring import service as books
from deploy.desk.pages import create_app as create_desk
from deploy.local.gear import SERVICES, Gear, LibrarySettings
from loans_service.sip2.command import Sip2Worker
from loans_service.sip2.settings import Sip2Settings
from loans_service.wiring import service as loans
from members_service.application.identity.accounts.account_views import AccountFilter
from members_service.wiring import service as members
from members_service.wiring.commands import opened
from shared import heap
from shared.environment import ConfigurationError
from shared.messaging.in_process import InProcessBus
from shared.outgoing_http.in_process import InProcessTransport
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from shared.service import opened_database
from shared.tasks import Supervisor, WakeUp, Worker
from shared.web import serving


async def bring_up_to_date(settings: LibrarySettings) -> None:
    """Bring the three databases to the newest schema.

    Raises ConfigurationError where a file is no database, and UnknownPast where it is none of ours.
    """
    for service, chosen, finish in (
        (books.SERVICE, settings.books, partial(books.finish_migration, settings.books)),
        (members.SERVICE, settings.members, partial(members.finish_migration, settings.members)),
        (loans.SERVICE, settings.loans, partial(loans.finish_migration, settings.loans)),
    ):
        async with opened_database(service, chosen) as database:
            try:
                await migrate(database, service.package, finish)
            except DBAPIError as error:
                raise ConfigurationError((_unusable(database, error),)) from error


def _unusable(database: Database, error: DBAPIError) -> str:
    file = database.engine.url.database
    return f"{file} cannot be used: {error.orig}. Put back a copy of it from a backup, or choose another DATA_DIR."


async def has_accounts(settings: LibrarySettings) -> bool:
    """Return whether there is an account to sign in with."""
    async with opened(settings.members) as use_cases:
        return bool(await use_cases.identity.accounts.queries.accounts(AccountFilter(), limit=1, after=None))


class Library:
    """The three services, wired to each other. Each has a wake-up of its own, so that an event goes out at once."""

    def __init__(
        self,
        gear: Gear,
        settings: LibrarySettings,
        machines: Sip2Settings | None,
        sockets: Mapping[str, socket.socket],
    ) -> None:
        bus = InProcessBus()
        wake_ups = {service: WakeUp() for service in SERVICES}
        self._servers: dict[str, serving.Server] = {}
        transports = {service: InProcessTransport() for service in SERVICES}

        def serve(name: str, app: ASGIApp) -> None:
            listening = [sockets[name]]
            server = serving.server(app, host=gear.host, port=gear.ports[name], sockets=listening)
            self._servers[name] = server
            if name in transports:
                transports[name].lead_to(app, answering=server.answering, has_ended=lambda: server.should_exit)

        def wired(service: str) -> dict[str, Any]:
            return {"wake_up": wake_ups[service], "transports": transports}

        serve("members", members_service.main.create_app(settings.members, **wired("members")))
        serve("books", books_service.main.create_app(settings.books, **wired("books")))
        serve("loans", loans_service.main.create_app(settings.loans, **wired("loans")))
        serve("desk", create_desk({service: gear.public_address(service) for service in SERVICES}))
        self._workers: dict[str, Worker] = {
            "books": books_service.worker.create_worker(settings.books, bus=bus, wake_up=wake_ups["books"]),
            "members": members_service.worker.create_worker(settings.members, bus=bus, **wired("members")),
            "loans": loans_service.worker.create_worker(settings.loans, bus=bus, **wired("loans")),
        }
        if machines is not None:
            self._workers["sip2"] = Sip2Worker(machines, listening=sockets["sip2"])

    async def run(self, *, when_ready: Callable[[], None]) -> None:
        """Answer until SIGINT or SIGTERM; then finish the requests at work, publish what is in hand, and return."""
        servers = self._servers
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with self._working():
            running = {name: asyncio.create_task(server.serve(), name=name) for name, server in servers.items()}
            ready = asyncio.create_task(_all(server.answering for server in servers.values()))
            await asyncio.wait([ready, *running.values()], return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                when_ready()
                heap.settle()
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([stopped, *running.values()], return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            stopped.cancel()
            for name in reversed(servers):  # a service ends after those that call it
                servers[name].should_exit = True
                await running[name]

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        """Run the background side of every service, and let it outlive the last request."""
        stop = asyncio.Event()
        supervisor = Supervisor()
        for name, worker in self._workers.items():
            supervisor.start(name, partial(worker.run, stop))
        try:
            yield
        finally:
            stop.set()
            await supervisor.stop()


async def _all(events: Iterable[asyncio.Event]) -> None:
    for event in list(events):
        await event.wait()
