"""Fifty self-check machines beside a desk, as fast as people and much faster, and what a check-out costs by SIP2."""

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.end_to_end.sip2.machines import Gateway
from tests.lab.benchmarks.contestants import SECRET, Contestant, the_library
from tests.lab.benchmarks.hostile import Desk, Outcome
from tests.lab.benchmarks.processes import cpu_seconds, resident_mib
from tests.lab.benchmarks.report import judged
from tests.lab.benchmarks.servers import DurablePostgres, roots
from tests.lab.benchmarks.stock import PIN
from tests.loans.sip2.self_check import SelfCheck
from tests.servers import RabbitServer

MACHINES = 50
PAUSES = (1.0, 0.1)
"""Seconds between an answer and the next message: as people need them at least, and as the aim is set."""

MOST_MILLISECONDS = 300
"""What 99 of 100 messages take at most."""

MOST_TIMES = 1.5
"""What a check-out by SIP2 may cost, in processor time, of one by HTTP."""

_COPIES, _MEMBERS = 1_000, 100
_A_VISIT = 3  # copies
_MESSAGES_OF_A_VISIT = 2 + 2 * _A_VISIT
_COMPARED, _TURNS = 100, 3
_LOGIN = "9300CNmachine|COsecret of a machine|"


@dataclass(frozen=True, slots=True)
class Hour:
    """What came of one pace: seconds that messages took, by their code; what the desk waited; wrong answers."""

    pause: float
    seconds: float
    took: Mapping[str, list[float]]
    desk: Outcome
    wrong: Mapping[str, int]

    @property
    def all_of_them(self) -> list[float]:
        """The seconds that all messages took."""
        return [seconds for each in self.took.values() for seconds in each]

    @property
    def rows(self) -> dict[str, list[float]]:
        """The seconds, by what they were waited for."""
        return {**dict(sorted(self.took.items())), "all": self.all_of_them, "the desk, by HTTP": self.desk.seconds}

    def verdict(self) -> str:
        """Return whether the aim is reached at this pace."""
        p99 = _milliseconds(self.all_of_them, 99)
        verdict = judged(p99 < MOST_MILLISECONDS and not self.wrong)
        pace = f"{MACHINES} machines, {self.pause * 1000:.0f} ms between messages"
        return f"{pace}: 99 of 100 take {p99:.0f} ms (aim: {MOST_MILLISECONDS}); {verdict}."

    def as_json(self) -> dict[str, Any]:
        return {
            "messages per second": len(self.all_of_them) / self.seconds,
            "wrong answers": dict(self.wrong),
            **{
                name: {"count": len(took), **{f"p{p} ms": _milliseconds(took, p) for p in (50, 95, 99)}}
                for name, took in self.rows.items()
            },
        }

    def show(self, console: Console) -> None:
        """Print the table."""
        rate = len(self.all_of_them) / self.seconds
        table = Table(title=f"{MACHINES} machines, {self.pause * 1000:.0f} ms between messages: {rate:.0f} a second")
        for heading in ("message", "count", "p50 ms", "p95 ms", "p99 ms"):
            table.add_column(heading, justify="left" if heading == "message" else "right")
        for name, took in self.rows.items():
            table.add_row(name, str(len(took)), *(f"{_milliseconds(took, percent):.0f}" for percent in (50, 95, 99)))
        console.print(table)
        if self.wrong:
            console.print(f"[red]Answers that were not expected: {dict(self.wrong)}[/red]")


@dataclass(frozen=True, slots=True)
class Machines:
    """What came of each pace; processor seconds for each check-out; the memory of the gateway."""

    hours: tuple[Hour, ...]
    by_http: float
    by_sip2: float
    mib: float

    @property
    def times(self) -> float:
        """How many times the cost of a check-out by HTTP one by SIP2 costs."""
        return self.by_sip2 / self.by_http

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        http, sip2 = self.by_http * 1000, self.by_sip2 * 1000
        cheap = f"{self.times:.2f} times (aim: {MOST_TIMES:g}); {judged(self.times <= MOST_TIMES)}"
        return [
            *(hour.verdict() for hour in self.hours),
            f"A check-out costs {http:.1f} ms of a processor by HTTP and {sip2:.1f} by SIP2, {cheap}.",
            f"The gateway holds {self.mib:.0f} MiB.",
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "verdicts": self.verdicts(),
            "by pause in ms": {f"{hour.pause * 1000:.0f}": hour.as_json() for hour in self.hours},
            "CPU ms of a check-out": {"HTTP": self.by_http * 1000, "SIP2": self.by_sip2 * 1000},
            "times": self.times,
            "gateway MiB": self.mib,
        }

    def show(self, console: Console) -> None:
        """Print the tables and what they mean."""
        for hour in self.hours:
            hour.show(console)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)


async def measure(console: Console, *, seconds: float) -> Machines:
    """Run the library in production mode with a gateway, compare single check-outs, then let all machines work."""
    with DurablePostgres() as postgres, RabbitServer() as rabbit:
        console.print("Starting the library, in production mode, and the gateway for machines …")
        async with (
            the_library(postgres, rabbit, copies=_COPIES, members=_MEMBERS, pin=PIN) as library,
            _gateway(library) as gateway,
        ):
            served = {name: roots(process) for name, process in library.processes.items()}
            everything = {**served, "SIP2": roots(gateway), "servers": (*roots(postgres), *roots(rabbit))}
            by_http, by_sip2 = await _compared(library, gateway.port, everything)
            hall = _Hall(gateway.port, library.stock[:-100])
            await hall.work(seconds=2, pause=PAUSES[-1])
            hours = [await _hour(hall, library, pause=pause, seconds=seconds) for pause in PAUSES]
            return Machines(tuple(hours), by_http, by_sip2, resident_mib(roots(gateway)))


async def _hour(hall: "_Hall", library: Contestant, *, pause: float, seconds: float) -> Hour:
    desk, outcome = Desk(library, stock=library.stock[-100:]), Outcome("machines")
    hall.begin_anew()
    began = time.perf_counter()
    await asyncio.gather(hall.work(seconds=seconds, pause=pause), desk.lend(outcome, seconds=seconds, pause=pause))
    return Hour(pause, time.perf_counter() - began, dict(hall.took), outcome, dict(hall.wrong))


@asynccontextmanager
async def _gateway(library: Contestant) -> AsyncIterator[Gateway]:
    account = {
        "login": "machine",
        "secret": "secret of a machine",
        "client_id": "machine",
        "client_secret": SECRET,
        "branch": "MAIN",
    }
    gateway = Gateway(library.urls, [account])
    gateway.afresh = True
    await asyncio.to_thread(gateway.start)
    try:
        yield gateway
    finally:
        await asyncio.to_thread(gateway.close)


async def _compared(library: Contestant, port: int, processes: Mapping[str, tuple[int, ...]]) -> tuple[float, float]:
    """Let one desk and one machine lend in turns; return the processor seconds that a check-out of each costs."""
    desk, costs = Desk(library, stock=library.stock[:_COMPARED]), defaultdict[str, list[float]](list)
    machine = await _signed_in(port)

    async def by_http(barcode: str, card: str) -> bool:
        return await desk.ask("/v1/loans", copy_barcode=barcode, card_number=card) == 201

    async def by_sip2(barcode: str, card: str) -> bool:
        return (await machine.ask(_check_out(barcode, card)))[:3] == "121"

    for turn in range(_TURNS + 1):
        for name, lends in (("HTTP", by_http), ("SIP2", by_sip2)):
            before = sum(cpu_seconds(processes).values())
            for barcode, card in library.stock[:_COMPARED]:
                if not await lends(barcode, card):
                    raise RuntimeError(f"{barcode} was not lent by {name}")
            await asyncio.sleep(0.5)  # until the events are worked on
            if turn:  # the first one is for connections and caches
                costs[name].append((sum(cpu_seconds(processes).values()) - before) / _COMPARED)
            for barcode, _ in library.stock[:_COMPARED]:
                await desk.ask("/v1/returns", copy_barcode=barcode)
            await asyncio.sleep(0.5)
    await machine.leave()
    return median(costs["HTTP"]), median(costs["SIP2"])


class _Hall:
    """All machines: each greets a reader with card and PIN, lends, says goodbye, and takes back what was lent."""

    def __init__(self, port: int, stock: tuple[tuple[str, str], ...]) -> None:
        self._port = port
        share = len(stock) // MACHINES
        self._stocks = [stock[number * share : (number + 1) * share] for number in range(MACHINES)]
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was measured so far."""
        self.took: defaultdict[str, list[float]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()

    async def work(self, *, seconds: float, pause: float) -> None:
        """Let all of them work for a while."""
        end = time.perf_counter() + seconds
        await asyncio.gather(*(self._machine(number, stock, end, pause) for number, stock in enumerate(self._stocks)))

    async def _machine(self, number: int, stock: tuple[tuple[str, str], ...], end: float, pause: float) -> None:
        await asyncio.sleep(_MESSAGES_OF_A_VISIT * pause * number / MACHINES)  # no two are at the same point of a visit
        machine = await _signed_in(self._port)
        waiting = itertools.cycle(stock)
        while time.perf_counter() < end:
            for message in self._visit(list(itertools.islice(waiting, _A_VISIT))):
                asked = time.perf_counter()
                answer = await machine.ask(message)
                self.took[f"{message[:2]} {_NAMES[message[:2]]}"].append(time.perf_counter() - asked)
                if not answer.startswith(_GOOD[message[:2]]):
                    self.wrong[answer[:6]] += 1
                await asyncio.sleep(pause)
        await machine.leave()

    @staticmethod
    def _visit(copies: list[tuple[str, str]]) -> Iterator[str]:
        card = copies[0][1]
        yield f"63001{_stamp()}{' ' * 10}AOlib|AA{card}|AC|AD{PIN}|"
        yield from (_check_out(barcode, card) for barcode, _ in copies)
        yield f"35{_stamp()}AOlib|AA{card}|AC|"
        yield from (f"09N{_stamp()}{_stamp()}APhall|AOlib|AB{barcode}|AC|" for barcode, _ in copies)


_NAMES = {"63": "who is it", "11": "check-out", "35": "goodbye", "09": "return"}
_GOOD = {"63": "64 ", "11": "121", "35": "36Y", "09": "101"}
_seconds = itertools.count()


def _stamp() -> str:
    """Return another second each time: what machines of one login send at once are different messages."""
    return (datetime.now(UTC) + timedelta(seconds=next(_seconds))).strftime("%Y%m%d    %H%M%S")


def _check_out(barcode: str, card: str) -> str:
    return f"11NN{_stamp()}{' ' * 18}AOlib|AA{card}|AB{barcode}|AC|"


async def _signed_in(port: int) -> SelfCheck:
    machine = await SelfCheck.connect(port)
    if (await machine.ask(_LOGIN))[:3] != "941":
        raise RuntimeError("the machine could not sign in")
    return machine


def _milliseconds(seconds: list[float], percent: int) -> float:
    times = seconds if len(seconds) > 1 else seconds * 2
    return quantiles(times, n=100, method="inclusive")[percent - 1] * 1000 if times else 0.0
