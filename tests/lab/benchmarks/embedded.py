"""The embedded gear, which everybody meets first: the whole library in one process, on SQLite."""

import asyncio
import math
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.kernel.ids import new_id
from tests.end_to_end.library import ADMIN
from tests.end_to_end.processes import Process
from tests.lab.benchmarks import stock
from tests.lab.benchmarks.client import Connection, request
from tests.lab.benchmarks.processes import cpu_seconds, resident_mib
from tests.lab.benchmarks.report import judged
from tests.ports import HOST, quiet_ports

DESKS = (1, 8)
AIM_ONE_DESK = 12  # milliseconds, p50 of a check-out
AIM_FAIR = 2.0  # times p50, p95 with eight desks
_COPIES, _MEMBERS = 3_000, 600
_WARM_UP = 50
_CREATED, _OK = 201, 200


@dataclass(frozen=True, slots=True)
class Acts:
    """What so many desks waited for each act of one kind, in seconds, while they worked for `took` seconds.

    `cpu` are the seconds of a processor that the gear used for all of it.
    """

    seconds: list[float]
    took: float
    cpu: float

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    def milliseconds(self, percent: int) -> float:
        """Return what `percent` of the acts did not exceed."""
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1] * 1000

    def as_json(self) -> dict[str, float]:
        return {
            "per second": self.per_second,
            **{f"p{percent} ms": self.milliseconds(percent) for percent in (50, 95)},
            "worst ms": max(self.seconds) * 1000,
            "CPU ms each": self.cpu / len(self.seconds) * 1000,
        }


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was measured, by the number of desks: check-outs and returns; and the memory of the one process."""

    desks: Mapping[int, tuple[Acts, Acts]]
    mib: float

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        one, eight = self.desks[DESKS[0]][0], self.desks[DESKS[1]][0]
        alone, fair = one.milliseconds(50), eight.milliseconds(95) / eight.milliseconds(50)
        return [
            f"One desk waits {alone:.1f} ms for a check-out (aim: {AIM_ONE_DESK}); {judged(alone <= AIM_ONE_DESK)}.",
            f"With {DESKS[1]} desks p95 is {fair:.2f} times p50 (aim: {AIM_FAIR:g}); {judged(fair <= AIM_FAIR)}.",
            f"The process holds {self.mib:.0f} MiB.",
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "verdicts": self.verdicts(),
            "desks": {
                str(number): {"check-outs": lent.as_json(), "returns": back.as_json()}
                for number, (lent, back) in self.desks.items()
            },
            "resident MiB": self.mib,
        }

    def show(self, console: Console) -> None:
        """Print the table and what it means."""
        table = Table(title="The embedded gear: one process, SQLite")
        for heading in ("", "a second", "p50 ms", "p95 ms", "worst ms", "CPU ms each"):
            table.add_column(heading, justify="right" if heading else "left")
        for number, both in self.desks.items():
            for act, acts in zip(("check-outs", "returns"), both, strict=True):
                cells = [f"{value:.3g}" if value < 100 else f"{value:.0f}" for value in acts.as_json().values()]
                table.add_row(f"{act}, {number} desk{'s' if number > 1 else ''}", *cells)
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)


async def measure(console: Console, *, seconds: float) -> Embedded:
    """Start the gear, stock it, and let the desks work one group after the other."""
    console.print(f"Starting the embedded gear, with {_COPIES} copies and {_MEMBERS} members …")
    ports = dict(zip(("books", "members", "loans"), quiet_ports(3), strict=True))
    urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    environment = {f"{name.upper()}_PORT": str(port) for name, port in ports.items()}
    process = Process("deploy.local", environment=environment, ready=f"{HOST}:{ports['loans']}/health/ready")
    process.environment.setdefault("DATA_DIR", str(process.folder / "data"))
    process.stop_signal, process.afresh = signal.SIGINT, True
    await asyncio.to_thread(process.start)
    try:
        token = await stock.token_of_person(urls["members"], ADMIN.email, ADMIN.password)
        copies = await stock.buy(urls, token, copies=_COPIES, members=_MEMBERS, opens_branch=False)
        desks = _Desks(urls["loans"], token, dict(copies), process.pid)
        await desks.work(1, most=_WARM_UP)
        found = {number: await desks.work(number, seconds=seconds) for number in DESKS}
        return Embedded(found, resident_mib([process.pid]))
    finally:
        await asyncio.to_thread(process.close)


class _Desks:
    """Lends copies for a while, and takes them back."""

    def __init__(self, url: str, token: str, cards: Mapping[str, str], process: int) -> None:
        self._url = url
        self._token = token
        self._cards = cards
        self._gear = {"gear": [process]}

    async def work(self, desks: int, *, seconds: float = 60, most: int | None = None) -> tuple[Acts, Acts]:
        barcodes = list(self._cards)[:most]
        lent: list[str] = []
        out = await self._all(desks, barcodes, path="/v1/loans", status=_CREATED, seconds=seconds, done=lent)
        back = await self._all(desks, lent, path="/v1/returns", status=_OK, seconds=math.inf, done=[])
        return out, back

    async def _all(
        self, desks: int, barcodes: list[str], *, path: str, status: int, seconds: float, done: list[str]
    ) -> Acts:
        waiting, took = iter(barcodes), list[float]()
        began, before = time.perf_counter(), cpu_seconds(self._gear)["gear"]
        end = began + seconds
        ways = (self._one(waiting, took, path=path, status=status, end=end, done=done) for _ in range(desks))
        await asyncio.gather(*ways)
        return Acts(took, time.perf_counter() - began, cpu_seconds(self._gear)["gear"] - before)

    async def _one(
        self, waiting: Iterator[str], took: list[float], *, path: str, status: int, end: float, done: list[str]
    ) -> None:
        connection = await Connection.to(self._url)
        for barcode in waiting:
            body = {"copy_barcode": barcode}
            if status == _CREATED:
                body["card_number"] = self._cards[barcode]
            asked = time.perf_counter()
            told, answer = await connection.ask(request("POST", path, token=self._token, body=body, key=str(new_id())))
            took.append(time.perf_counter() - asked)
            if told != status:
                raise RuntimeError(f"{barcode} was answered {told}: {answer.decode()}")
            done.append(barcode)
            if time.perf_counter() >= end:
                break
        connection.close()
