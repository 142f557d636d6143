"""Where a play is played: PostgreSQL, RabbitMQ, neighbours, a mail server, and two relays of members."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from members_service.domain.notices.notice_settings import Mode, NoticeDefaults, NoticeSettings
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.tables import map_model
from members_service.wiring.ports import JoinedWork, unit_of_work_factory
from shared.kernel.receipts import UnitOfWorkFactory
from shared.persistence.database import Database
from shared.tasks import WakeUp
from tests.end_to_end.processes import Process, run
from tests.lab.faults.notices import mutants
from tests.lab.faults.notices.fast_clock import SWITCH, FastClock
from tests.lab.faults.notices.neighbours import Neighbours
from tests.members.smtp_sink import MailSink, listening
from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer, RabbitServer

SENDER = "Library <notices@library.example>"
_SECRET = "a secret that only this play's loans knows"
_RELAYS = 2


class Stage:
    """Built once; `relays` are killed and started again."""

    def __init__(self, clock: FastClock, neighbours: Neighbours, sink: MailSink, *, mutant: str | None = None) -> None:
        self.clock, self.neighbours, self.sink = clock, neighbours, sink
        self._mutant = mutant
        self.postgres, self.rabbit = PostgresServer(), RabbitServer()
        self.relays: list[Process] = []

    @asynccontextmanager
    async def built(self) -> AsyncIterator["Stage"]:
        """Have all of it there, but for the relays, which `start` starts."""
        async with AsyncExitStack() as stack:
            for server in (self.postgres, self.rabbit):
                stack.push_async_callback(asyncio.to_thread, server.close)
            await asyncio.gather(*(asyncio.to_thread(server.start) for server in (self.postgres, self.rabbit)))
            await stack.enter_async_context(self.neighbours.answering())
            await stack.enter_async_context(listening(self.sink))
            await asyncio.to_thread(self._migrate)
            map_model()
            self.keys = DataKeys(Path(self._environment["MEMBERS_DATA_KEYS_FILE"]), make_missing=True)
            self.keys.load()
            self.database = Database(self._environment["MEMBERS_DATABASE_URL"], pool_size=4)
            stack.push_async_callback(self.database.dispose)
            stack.push_async_callback(self._close_relays)
            yield self

    @property
    def unit_of_work(self) -> UnitOfWorkFactory[JoinedWork]:
        """Transactions of members, as its own processes have them."""
        return unit_of_work_factory(self.database, self.keys, self.clock, WakeUp(), NoticeDefaults(Mode.OFF))

    async def put(self, settings: NoticeSettings) -> None:
        """Let notices be sent like this."""
        async with self.unit_of_work() as uow:
            await uow.notice_settings.put(settings, now=self.clock.now())
            await uow.commit()

    async def start(self) -> None:
        """Start the relays; return when both listen."""
        ports = quiet_ports(_RELAYS)
        for port in ports:
            words = ("members_service", "relay", "--port", str(port))
            ready = f"{HOST}:{port}/health/ready"
            launched = "tests.lab.faults.notices.launched"
            self.relays.append(Process(launched, *words, environment=self._environment, ready=ready))
        await asyncio.gather(*(asyncio.to_thread(one.start) for one in self.relays))

    async def kill(self, number: int) -> None:
        """Let a relay crash, and start it again."""
        relay = self.relays[number % _RELAYS]
        await asyncio.to_thread(relay.kill)
        await asyncio.to_thread(relay.start)

    async def rows(self, statement: Any) -> list[Any]:
        """Return what the database says."""
        return list(await self.database.rows(statement))

    async def _close_relays(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(one.close) for one in self.relays))

    @property
    def _environment(self) -> dict[str, str]:
        switches = {SWITCH: self.clock.written} | ({} if self._mutant is None else {mutants.SWITCH: self._mutant})
        return switches | {
            "MEMBERS_DATABASE_URL": self.postgres.url("members", role="members"),
            "MEMBERS_DATABASE_POOL_SIZE": "6",
            "MEMBERS_DATA_KEYS_FILE": str(self.rabbit.folder / "data-keys.txt"),
            "MEMBERS_MAKE_DATA_KEYS": "true",
            "MEMBERS_BOOKS_URL": self.neighbours.url,
            "MEMBERS_LOANS_URL": self.neighbours.url,
            "MEMBERS_SELF_URL": self.neighbours.url,
            "MEMBERS_CLIENT_SECRET": _SECRET,
            "MEMBERS_SMTP_URL": f"smtp://{HOST}:{self.sink.port}",
            "MEMBERS_SMTP_TIMEOUT": "1",
            "MEMBERS_MAIL_FROM": SENDER,
            "RABBITMQ_URL": self.rabbit.url,
            "AUTH_JWKS_URL": f"{self.neighbours.url}/.well-known/jwks.json",
            "AUTH_PUBLIC_URL": self.neighbours.url,
            "LOG_LEVEL": "WARNING",
        }

    def _migrate(self) -> None:
        for role in ("members_owner", "members"):
            self.postgres.create_role(role)
        theirs = {
            "MEMBERS_DATABASE_URL": self.postgres.create_database("members", owner="members_owner"),
            "MEMBERS_DATABASE_APP_ROLE": "members",
        }
        done = run("members_service", "migrate", environment=self._environment | theirs)
        assert 0 == done.returncode, done.stderr
