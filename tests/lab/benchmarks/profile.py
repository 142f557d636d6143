"""Where the time of a check-out and of a return goes: by layer of `loans serve`, by statement of PostgreSQL."""

import asyncio
import re
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import asyncpg
from rich.console import Console
from rich.table import Table

from tests.end_to_end.processes import ROOT, Process
from tests.lab.benchmarks.contestants import the_library
from tests.lab.benchmarks.layers import by_layer
from tests.lab.benchmarks.rounds import POLLED, Desk, Phase
from tests.lab.benchmarks.servers import DurablePostgres, analyse, roots
from tests.servers import RabbitServer

_PROFILED = "loans serve"
_COPIES, _MEMBERS = 3_600, 720
_WARM_UP = 300
_FEW, _MANY = 100, 500  # acts of which the allocations are compared
_PER_SECOND = 400  # samples
_FEWEST_CALLS = 0.02  # an act; what is rarer belongs to no act
_WHERE_INSTALLED = re.compile(rf"(?<=\()(?:/[^()]*/(?:site-packages|lib/python3\.\d+)/|{re.escape(str(ROOT))}/)")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN) (?!SET\b|part_|unnest)(\w+)")
_ALLOCATED = re.compile(r" malloc\|\S*\s+(\d+)")
_COLLECTED = re.compile(r"gc: done, .*?([\d.]+)s elapsed")
_ASKED = """
SELECT datname AS database, query, calls, total_plan_time + total_exec_time AS ms
FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid WHERE datname LIKE 'library%'
"""

Found = TypeVar("Found")
Look = Callable[[Awaitable[Phase]], Awaitable[tuple[Phase, Found]]]
"""Lets an act be done, and returns what was seen meanwhile."""


class _ObservedPostgres(DurablePostgres):
    """One that keeps count of its statements."""

    def commands(self) -> list[list[str | Path]]:
        (server,) = super().commands()
        return [
            [*server, "--shared_preload_libraries=pg_stat_statements", "--pg_stat_statements.track_planning=on"],
        ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement: how often an act sends it, and the milliseconds that planning and running it takes."""

    database: str
    statement: str
    calls: float
    ms: float


@dataclass(frozen=True, slots=True)
class Profile:
    """One act: CPU milliseconds by process, of the profiled one by layer; statements; allocations of that process.

    `layers` come from samples, scaled to what the process took while nobody looked.
    """

    act: str
    per_second: float
    processes: Mapping[str, float]
    samples: int
    layers: Mapping[str, float]
    statements: Sequence[Asked]
    allocations: float
    collecting: float

    def show(self, console: Console) -> None:
        whole = self.processes[_PROFILED]
        title = f"{self.act}: where {whole:.2f} ms of {_PROFILED} go ({self.samples} samples)"
        table = Table("layer", title=title)
        for heading in ("share", "CPU ms"):
            table.add_column(heading, justify="right")
        for layer, ms in self.layers.items():
            table.add_row(layer, f"{ms / whole:.1%}", f"{ms:.3f}")
        console.print(table)
        told = f"{self.allocations:.0f} allocations an act; {self.collecting:.3f} ms of it collect garbage"
        console.print(f"{told}, in whatever layer that begins.", highlight=False)
        table = Table("database", "statement", title=f"{self.act}: what PostgreSQL is asked")
        for heading in ("calls an act", "ms a call", "ms an act"):
            table.add_column(heading, justify="right")
        for each in self.statements:
            cells = (f"{each.calls:.2f}", f"{each.ms:.3f}", f"{each.calls * each.ms:.3f}")
            table.add_row(each.database, each.statement, *cells)
        console.print(table)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a process told at its end, and in between."""

    allocations: int
    collecting: float


@dataclass(frozen=True, slots=True)
class Profiles:
    """Those of both acts."""

    acts: tuple[Profile, ...]

    def show(self, console: Console) -> None:
        for profile in self.acts:
            profile.show(console)

    def as_json(self) -> dict[str, Any]:
        return {profile.act: asdict(profile) for profile in self.acts}


async def measure(console: Console, *, seconds: float, clients: int) -> Profiles:
    """Run the library; let it lend and take back three times: by the clock, with a sampler, and counting."""
    with _ObservedPostgres() as postgres, RabbitServer() as rabbit, TemporaryDirectory() as name:
        console.print("Starting the library, to see where the time goes …")
        async with the_library(postgres, rabbit, copies=_COPIES, members=_MEMBERS) as library:
            servers = {"PostgreSQL": roots(postgres), "RabbitMQ": roots(rabbit)}
            processes = {called: roots(process) for called, process in library.processes.items()}
            desk = Desk(library, clients=clients, roots=processes | servers)
            await desk.bring_back((await desk.check_out(copies=_WARM_UP)).done)
            await analyse(library.databases.values())
            statistics = await asyncpg.connect(postgres.url().replace("+asyncpg", ""))
            await statistics.execute("CREATE EXTENSION pg_stat_statements")
            asked = await _both(desk, partial(_asked, statistics), seconds=seconds)
            await statistics.close()
            sampled = await _both(desk, partial(_sampled, processes[_PROFILED][0], Path(name)), seconds=seconds)
            counted = await _counted(desk, library.processes[_PROFILED])
            acts = zip(("check-out", "return"), asked, sampled, counted, strict=True)
            return Profiles(tuple(_profile(*looks) for looks in acts))


async def _both(desk: Desk, look: Look[Found], **limits: Any) -> list[tuple[Phase, Found]]:
    """Lend, and take all of it back."""
    lent = await look(desk.check_out(**limits))
    return [lent, await look(desk.bring_back(lent[0].done))]


async def _asked(statistics: "asyncpg.Connection[Any]", act: Awaitable[Phase]) -> tuple[Phase, Sequence[Asked]]:
    await statistics.execute("SELECT pg_stat_statements_reset()")
    phase = await act
    rows = await statistics.fetch(_ASKED)
    acts = len(phase.done)
    asked = [
        Asked(
            row["database"].removeprefix("library_"),
            _shortened(row["query"]),
            row["calls"] / acts,
            row["ms"] / row["calls"],
        )
        for row in rows
        if row["query"] not in POLLED and row["calls"] / acts >= _FEWEST_CALLS
    ]
    return phase, sorted(asked, key=lambda each: -each.calls * each.ms)


def _shortened(query: str) -> str:
    """Return what a statement is about: its verb, and the tables in their order."""
    verb = "WITH … INSERT, UPDATE" if query.startswith("WITH") else query.split(maxsplit=1)[0]
    return " ".join([verb, ", ".join(dict.fromkeys(_TABLE.findall(query)))]).strip()


async def _sampled(process: int, folder: Path, act: Awaitable[Phase]) -> tuple[Phase, Counter[str]]:
    samples = folder / "samples"
    options = ["--pid", str(process), "--rate", str(_PER_SECOND), "--duration", "3600", "--format", "raw"]
    sampler = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("py-spy"),
        *("record", *options, "--full-filenames", "--output", str(samples)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    phase = await act
    sampler.send_signal(signal.SIGINT)
    await sampler.wait()
    stacks = (line.rsplit(" ", 1) for line in samples.read_text().splitlines())
    return phase, by_layer((_WHERE_INSTALLED.sub("", frames).split(";"), int(times)) for frames, times in stacks)


async def _counted(desk: Desk, process: Process) -> list[tuple[float, float]]:
    """Return for each act how often it allocates memory, and for how many seconds it collects garbage.

    Memory is counted by the C library, of which Python asks all of it here, over the life of a process; so what an act
    takes is what a process takes that has done more of them.
    """
    await asyncio.to_thread(process.end)
    process.arguments = ("tests.lab.benchmarks.observed", *process.arguments)
    process.environment |= {"PYTHONMALLOC": "malloc", "LD_PRELOAD": "libmemusage.so"}
    told = []
    for copies in (_FEW, _MANY):
        barcodes = [barcode for barcode, _ in desk.contestant.stock[:copies]]
        told.append(
            [await _told(process, desk.check_out(copies=copies)), await _told(process, desk.bring_back(barcodes))]
        )
    return [
        ((many.allocations - few.allocations) / (_MANY - _FEW), many.collecting / _MANY)
        for few, many in zip(*told, strict=True)
    ]


async def _told(process: Process, act: Awaitable[Phase]) -> "_Told":
    """Let a process of its own do it, and return what that told."""
    before = len(process.told())
    await asyncio.to_thread(process.start)
    started = len(process.told())
    await act
    worked = len(process.told())
    await asyncio.to_thread(process.end)
    told = process.told()
    (allocations,) = _ALLOCATED.findall(told[before:])
    return _Told(int(allocations), sum(map(float, _COLLECTED.findall(told[started:worked]))))


def _profile(
    act: str,
    asked: tuple[Phase, Sequence[Asked]],
    sampled: tuple[Phase, Counter[str]],
    counted: tuple[float, float],
) -> Profile:
    (bare, statements), (_, samples), (allocations, collecting) = asked, sampled, counted
    processes = {name: used for name, used in bare.cpu_per_thousand.items() if name != "client"}
    each = processes[_PROFILED] / samples.total()
    layers = {layer: times * each for layer, times in samples.most_common()}
    return Profile(act, bare.per_second, processes, samples.total(), layers, statements, allocations, 1000 * collecting)
