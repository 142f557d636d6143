"""A library on a small disk, watched by Prometheus, and the commands of its runbooks as an operator types them."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

import httpx

from tests.authority import Authority
from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Copy, Member, done, eventually
from tests.end_to_end.processes import Process, run
from tests.lab.faults.small_disk import PostgresOnSmallDisk
from tests.ports import HOST, quiet_ports
from tests.prometheus import Prometheus

SMALL, LARGER = 320, 640  # MiB of the disk


class Night(ProductionLibrary):
    """Members also answers over TLS; the second desk asks there. What others tell goes by the usual ways."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.postgres.close()
        self.postgres = self.disk = PostgresOnSmallDisk(SMALL)
        self._folder = folder
        self.authority = Authority(folder / "authority")
        (self._tls_port,) = quiet_ports(1)
        self.prometheus = Prometheus(self.ports | {f"{name} relay": port for name, port in self.relay_ports.items()})

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await asyncio.to_thread(self.prometheus.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.prometheus.close)
        await super().__aexit__()

    def certify(self, *, expired: bool = False) -> None:
        """Put a certificate of members where it is looked for."""
        self.authority.issue(HOST, file="members", expired=expired)

    def environment(self, service: str) -> dict[str, str]:
        return super().environment(service) | ({"LOANS_MEMBERS_URL": self.members} if service == "books" else {})

    def _all_processes(self) -> dict[str, Process]:
        self.certify()
        folder, processes = self.authority.file.parent, super()._all_processes()
        shown = {
            "TLS_CERTIFICATE_FILE": str(folder / "members.pem"),
            "TLS_KEY_FILE": str(folder / "members-key.pem"),
        }
        serve = ("members_service", "serve", "--host", HOST, "--port", str(self._tls_port))
        processes["members by TLS"] = Process(*serve, environment=self.environment("members") | shown)
        processes["second_desk"].environment |= {
            "LOANS_MEMBERS_URL": f"https://{HOST}:{self._tls_port}",
            "TLS_CA_FILE": str(self.authority.file),
        }
        return processes

    # --- what the operator sees

    async def alarm(self, alert: str, *, seconds: float = 60, **labels: str) -> None:
        """Wait until the alert is told, with these labels."""
        wanted = {"alertname": alert, **labels}

        async def it_is_told() -> bool:
            return any(wanted.items() <= told.items() for told in await asyncio.to_thread(self.prometheus.firing))

        await eventually(it_is_told, seconds)

    async def quiet(self, alert: str, *, seconds: float = 60, **labels: str) -> None:
        """Wait until the alert is told no longer."""
        wanted = {"alertname": alert, **labels}

        async def it_is_over() -> bool:
            told = await asyncio.to_thread(self.prometheus.firing)
            return not any(wanted.items() <= labels.items() for labels in told)

        await eventually(it_is_over, seconds)

    async def runbook(self, service: str, *command: str, **environment: str) -> tuple[int, str]:
        """Type a command of the runbooks; return its exit code and what it shows."""
        settings = self.environment(service) | environment
        told = await asyncio.to_thread(run, f"{service}_service", *command, environment=settings)
        return told.returncode, told.stdout

    async def all_is_well(self, **environment: str) -> None:
        """`doctor` of every service finds nothing."""
        for service in self.services:
            code, told = await self.runbook(service, "doctor", **environment)
            assert code == 0, told

    async def nothing_differs(self) -> None:
        """`loans_service consistency` finds nothing, as soon as books has heard everything."""

        async def it_finds_nothing() -> bool:
            return (await self.runbook("loans", "consistency"))[0] == 0

        await eventually(it_finds_nothing, 60)

    # --- what happens meanwhile

    async def lend_and_take_back(self, copy: Copy, reader: Member, *, desk: str | None = None) -> list[int]:
        """Return the status of both answers."""
        lent, back = await self.check_out(copy, reader, desk=desk), await self.give_back(copy, desk=desk)
        return [lent.status_code, back.status_code]

    async def an_hour_passes(self, service: str = "loans") -> None:
        """Make what waits in the outbox as old as it would be after an hour."""
        connection = await self.database(service)
        await connection.execute("UPDATE outbox SET occurred_at = occurred_at - interval '1 hour'")
        await connection.close()

    async def dump(self, service: str, file: Path) -> None:
        await self._by_postgres("pg_dump", "--format=custom", f"--file={file}", service)

    async def restore(self, service: str, file: Path) -> None:
        how = ("--clean", "--if-exists", "--single-transaction")
        await self._by_postgres("pg_restore", *how, f"--dbname={service}", str(file))

    async def type(self, service: str, statement: str) -> None:
        """Type a statement of the runbooks as the administrator of the server."""
        await self._by_postgres("psql", "--quiet", "--command", statement, service)

    async def _by_postgres(self, program: str, *arguments: str) -> None:
        address = ("--host", HOST, "--port", str(self.postgres.port), "--username", "app")
        command: list[str | Path] = [self.postgres.programs / program, *address, *arguments]
        await asyncio.to_thread(lambda: subprocess.run(command, env=self.postgres.environment, check=True))


async def until(
    library: Night, alert: str, copies: list[Copy], reader: Member, *, desk: str | None = None, **labels: str
) -> None:
    """Lend and take back, as a library does, until the alert is told."""
    told = asyncio.create_task(library.alarm(alert, seconds=120, **labels))
    end = time.monotonic() + 120
    while not told.done() and time.monotonic() < end:
        await asyncio.gather(*(library.lend_and_take_back(copy, reader, desk=desk) for copy in copies))
    await told


async def lend(library: Night, copies: list[Copy], reader: Member) -> None:
    for copy in copies:
        done(await library.check_out(copy, reader))


async def insisted(act: Callable[[], Awaitable[httpx.Response]]) -> None:
    """Repeat an act while it is told to be repeated, as clients do: each pooled connection may be a dead one."""
    for _ in range(30):
        answer = await act()
        if answer.status_code != 503:
            break
    done(answer)
