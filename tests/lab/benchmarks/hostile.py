"""A desk lends while somebody else, from another address, does what has stopped services before."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from shared.kernel.ids import new_id
from tests.end_to_end.attacks import ATTACKER, brackets, combining_marks, idle_sockets, unread_pipelines
from tests.lab.benchmarks import stock
from tests.lab.benchmarks.client import Connection, request
from tests.lab.benchmarks.contestants import SECRET, Contestant, the_library
from tests.servers import PostgresServer, RabbitServer

MOST_MILLISECONDS = 1_000
"""What 99 of 100 check-outs take at most, whoever attacks."""

COPIES, MEMBERS = 50, 10
_PASSWORD = "a long enough pass phrase"
_TIMEOUT = 30.0  # seconds until a check-out counts as not answered
_NOT_ANSWERED = 0


@dataclass(slots=True)
class Outcome:
    """What became of the desk's check-outs while one attack went on; status 0 stands for no answer."""

    attack: str
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def milliseconds(self, percent: int) -> float:
        """Return the latency that `percent` of the check-outs did not exceed."""
        times = self.seconds if len(self.seconds) > 1 else self.seconds * 2
        return quantiles(times, n=100, method="inclusive")[percent - 1] * 1000

    @property
    def withstood(self) -> bool:
        return set(self.statuses) == {201} and self.milliseconds(99) < MOST_MILLISECONDS


@dataclass(frozen=True, slots=True)
class Hostile:
    """All outcomes."""

    outcomes: tuple[Outcome, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            one.attack: {
                "check-outs": sum(one.statuses.values()),
                "statuses": {str(status): count for status, count in sorted(one.statuses.items())},
                "503": one.statuses[503],
                "p50 ms": one.milliseconds(50),
                "p99 ms": one.milliseconds(99),
                "aim p99 ms": MOST_MILLISECONDS,
                "withstood": one.withstood,
            }
            for one in self.outcomes
        }

    def show(self, console: Console) -> None:
        table = Table(title=f"A desk lends at 127.0.0.1 while {ATTACKER} attacks")
        for heading in ("attack", "check-outs", "lent", "503", "other or none", "p50 ms", "p99 ms", "aim"):
            table.add_column(heading, justify="left" if heading == "attack" else "right")
        for one in self.outcomes:
            count, lent, shed = sum(one.statuses.values()), one.statuses[201], one.statuses[503]
            figures = (count, lent, shed, count - lent - shed)
            times = (f"{one.milliseconds(50):.0f}", f"{one.milliseconds(99):.0f}")
            aim = "reached" if one.withstood else "[red]not reached[/red]"
            table.add_row(one.attack, *map(str, figures), *times, aim)
        console.print(table)


async def measure(console: Console, *, seconds: float) -> Hostile:
    """Let the desk lend for so many seconds without an attack, and under each.

    PostgreSQL does not wait for the disk: how long that takes is not what an attacker changes.
    """
    with PostgresServer() as postgres, RabbitServer() as rabbit:
        console.print("Starting the library, in production mode …")
        running = the_library(postgres, rabbit, copies=COPIES, members=MEMBERS, settings={"AUTH_PASSWORD_GRANT": "on"})
        async with running as library:
            desk = Desk(library)
            await desk.lend(Outcome("warm-up"), seconds=2)
            outcomes = []
            for name, attack in attacks(library.urls, await _a_member(library.urls["members"])).items():
                async with attack:
                    outcomes.append(await desk.lend(Outcome(name), seconds=seconds))
                console.print(f"  {name}: {dict(outcomes[-1].statuses)}", highlight=False)
                await asyncio.sleep(2)
    return Hostile(tuple(outcomes))


def attacks(urls: Mapping[str, str], token: str) -> dict[str, AbstractAsyncContextManager[None]]:
    """Return all attacks by name; `token` is a member's."""
    return {
        "none": _peace(),
        "70 idle sockets on each service": idle_sockets(urls),
        "66 unread pipelines on each service": unread_pipelines(urls),
        "60 KB of brackets": brackets(urls["members"]),
        "240 KB of combining marks by a member": combining_marks(urls["members"], token),
    }


@asynccontextmanager
async def _peace() -> AsyncIterator[None]:
    yield


class Desk:
    """One window: it checks a copy out, takes it back, and goes on with the next."""

    def __init__(self, library: Contestant, *, stock: Sequence[tuple[str, str]] = ()) -> None:
        self._url = library.urls["loans"]
        self._token = library.token
        self._stock = itertools.cycle(stock or library.stock)
        self._connection: Connection | None = None

    async def lend(self, outcome: Outcome, *, seconds: float, pause: float = 0) -> Outcome:
        """Lend for a while, whatever is answered; with a pause after each check-out."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            barcode, card = next(self._stock)
            asked = time.perf_counter()
            status = await self.ask("/v1/loans", copy_barcode=barcode, card_number=card)
            outcome.seconds.append(time.perf_counter() - asked)
            outcome.statuses[status] += 1
            if status in {201, _NOT_ANSWERED}:
                await self.ask("/v1/returns", copy_barcode=barcode)
            if pause:
                await asyncio.sleep(pause)
        return outcome

    async def ask(self, path: str, **body: str) -> int:
        """Return the status of the answer, 0 without one."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                self._connection = self._connection or await Connection.to(self._url)
                asked = request("POST", path, token=self._token, body=body, key=str(new_id()))
                status, _ = await self._connection.ask(asked)
        except (OSError, TimeoutError):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return _NOT_ANSWERED
        return status


async def _a_member(members: str) -> str:
    """Enrol somebody who signs in from where the attacks come from; return the access token."""
    loader = await stock.token(members, "loader", SECRET)
    transport = httpx.AsyncHTTPTransport(local_address=ATTACKER)
    async with httpx.AsyncClient(transport=transport, base_url=members) as http:
        person = {"name": "Edward Casaubon", "email": "casaubon@library.example", "category": "adult"}
        enrolled = await http.post("/v1/members", json=person, headers={"Authorization": f"Bearer {loader}"})
        activation = {"activation_token": enrolled.raise_for_status().json()["activation_token"]}
        (await http.post("/v1/auth/activate", json=activation | {"password": _PASSWORD})).raise_for_status()
        form = {"grant_type": "password", "username": person["email"], "password": _PASSWORD}
        signed_in = await http.post("/v1/auth/token", data=form)
    return str(signed_in.raise_for_status().json()["access_token"])
