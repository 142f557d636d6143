"""A whole library moves in by the documented commands, in both gears; one kill in the middle of each of its files."""

import asyncio
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.rehearsal.__main__ import files_of, write
from deploy.rehearsal.sizes import RehearsedLibrary as Sizes
from shared.kernel.clock import SystemClock
from tests.end_to_end.gears import EmbeddedLibrary, ProductionLibrary
from tests.end_to_end.library import Library, done
from tests.end_to_end.processes import Process
from tests.lab.benchmarks.servers import DurablePostgres

AIM_MINUTES = 15
AIMS = {"books": 1_000, "members": 200}
"""Records a second; a copy is a record, too."""
STEPS: Mapping[str, tuple[str, ...]] = {
    "books": ("books_service", "import"),
    "members": ("members_service", "import"),
    "loans": ("loans_service", "import", "loans"),
    "holds": ("loans_service", "import", "holds"),
    "fines": ("loans_service", "import", "fines"),
}
"""The commands in their order; each is given its file."""
_KILL_AFTER = 5.0  # seconds
_MOST_SECONDS = 1_800


@dataclass(slots=True)
class Step:
    """What one file took, with all that a kill cost; `mib` is the most memory that its command held."""

    records: int
    seconds: float
    mib: float
    told: str
    killed: bool


@dataclass(slots=True)
class Moved:
    """How one gear took the library in; `settling` is how long news was on its way behind the last command."""

    gear: str
    steps: dict[str, Step] = field(default_factory=dict)
    settling: float = 0.0
    differing: int = 0

    @property
    def minutes(self) -> float:
        return (sum(step.seconds for step in self.steps.values()) + self.settling) / 60

    def verdicts(self) -> Iterator[str]:
        """Return one sentence per aim."""
        yield f"{self.gear}: moved in within {self.minutes:.1f} minutes (aim: {AIM_MINUTES})."
        yield f"{self.gear}: {self.differing} copies and fines on which books and loans do not agree (aim: 0)."
        for name, aim in AIMS.items():
            if (step := self.steps.get(name)) is not None:
                yield f"{self.gear}: {name} {step.records / step.seconds:.0f} records a second (aim: {aim})."

    def as_json(self) -> dict[str, Any]:
        steps = {
            name: {"records": one.records, "seconds": one.seconds, "peak MiB": one.mib}
            for name, one in self.steps.items()
        }
        return {"verdicts": [*self.verdicts()], "steps": steps, "settling": self.settling}

    def show(self, console: Console) -> None:
        """Print the table and what it means."""
        table = Table(title=f"A library moves in: {self.gear}")
        for heading in ("", "records", "seconds", "a second", "peak MiB", ""):
            table.add_column(heading, justify="right" if heading else "left")
        for name, step in self.steps.items():
            rate = f"{step.records / step.seconds:.0f}"
            killed = "killed once" if step.killed else ""
            table.add_row(name, str(step.records), f"{step.seconds:.1f}", rate, f"{step.mib:.0f}", killed)
        table.add_row("until all news has arrived", "", f"{self.settling:.1f}")
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)


class _Production(ProductionLibrary):
    """The production gear on a PostgreSQL that keeps every commit."""

    def __init__(self) -> None:
        super().__init__()
        self.postgres = DurablePostgres()


GEARS: Mapping[str, Callable[[], ProductionLibrary | EmbeddedLibrary]] = {
    "production": _Production,
    "embedded": EmbeddedLibrary,
}


async def measure(console: Console, sizes: Sizes | None = None, *, gears: Collection[str] = GEARS) -> list[Moved]:
    """Move the library in, once in each of these gears."""
    sizes = sizes or Sizes(SystemClock().now().date())
    found: list[Moved] = []
    with TemporaryDirectory() as folder:
        console.print("Writing the files of a library …")
        counts = {name: write(Path(folder) / f"{name}.jsonl", records) for name, records in files_of(sizes).items()}
        counts["books"] += sizes.copies
        moving = _Moving(console, Path(folder), counts)
        for gear in gears:
            async with GEARS[gear]() as library:
                found.append(await moving.into(gear, library))
    return found


async def shown(console: Console) -> dict[str, Any]:
    """Move the library in, show what it took, and return it for the file of figures."""
    found = await measure(console)
    for moved in found:
        moved.show(console)
    return {moved.gear: moved.as_json() for moved in found}


class _Moving:
    def __init__(self, console: Console, folder: Path, counts: Mapping[str, int]) -> None:
        self._console = console
        self._folder = folder
        self._counts = counts

    async def into(self, gear: str, library: Library) -> Moved:
        moved = Moved(gear)
        await add_branches(library, self._folder / "branches.jsonl")
        for name, command in STEPS.items():
            moved.steps[name] = step = await asyncio.to_thread(self._step, library, name, command)
            self._console.print(f"  {moved.gear}: {name}: {step.seconds:.1f} s: {step.told}", highlight=False)
        began = time.monotonic()
        moved.differing = await settled(library)
        moved.settling = time.monotonic() - began
        return moved

    def _step(self, library: Library, name: str, command: tuple[str, ...]) -> Step:
        environment = environment_of(library, command[0].removesuffix("_service"))
        file = str(self._folder / f"{name}.jsonl")
        began, killed = time.monotonic(), False
        first = Process(*command, file, environment=environment)
        first.start()
        try:
            first._processes[-1].wait(_KILL_AFTER)
        except TimeoutExpired:
            killed = True
            first.kill()
        told = first.told()
        first.close()
        mib = 0.0
        if killed:
            again = Process(*command, file, environment=environment)
            again.start()
            mib = _watched(again)
            told = again.told()
            again.close()
        return Step(self._counts[name], time.monotonic() - began, mib, told.strip().rpartition("\n")[2], killed)


def _watched(process: Process) -> float:
    """Wait for the end of a process; return the most memory that it held, in MiB."""
    peak, end = 0.0, time.monotonic() + _MOST_SECONDS
    while process.runs and time.monotonic() < end:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            peak = max(peak, int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        except (OSError, IndexError):
            break
        time.sleep(0.2)
    process._processes[-1].wait(60)
    return peak


def environment_of(library: Library, service: str) -> dict[str, str]:
    """Return the settings with which a command reaches the database of a service."""
    if isinstance(library, ProductionLibrary):
        return library.environment(service)
    assert isinstance(library, EmbeddedLibrary)
    folder = library.process.environment["DATA_DIR"]
    found = {f"{service.upper()}_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/{service}.db"}
    if service == "members":
        found |= {"MEMBERS_SIGNING_KEYS_FILE": f"{folder}/signing-key.pem"}
        found |= {"MEMBERS_DATA_KEYS_FILE": f"{folder}/data-keys.txt", "MEMBERS_BOOKS_URL": library.books}
    if service == "loans":
        secret = Path(folder, "loans-client-secret").read_text(encoding="ascii").strip()
        found |= {"LOANS_BOOKS_URL": library.books, "LOANS_MEMBERS_URL": library.members}
        found |= {"LOANS_CLIENT_ID": "loans", "LOANS_CLIENT_SECRET": secret}
    return found | {name: value for name, value in os.environ.items() if name == "LIBRARY_CURRENCY"}


async def add_branches(library: Library, file: Path) -> None:
    """Open the branches of the file."""
    admin = await library.admin()
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "application/json"}
    for line in file.read_text(encoding="utf-8").splitlines():
        done(await library.http.post(f"{library.books}/v1/branches", content=line, headers=headers))


async def settled(library: Library) -> int:
    """Return in how many places books and loans differ, as soon as there is none, or after half an hour."""
    end = time.monotonic() + _MOST_SECONDS
    while True:
        admin = await library.admin()
        differing, cursor, found = 0, None, {}
        while True:
            parameters: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
            answer = await admin.get(f"{library.loans}/v1/consistency", **parameters)
            if answer.status_code == 503:  # a machine that has much to do
                await asyncio.sleep(1)
                continue
            found = done(answer)
            differing += len(found["disagreements"]) + len(found["in_two_places"]) + len(found["balances_wrong"])
            cursor = found["next_cursor"]
            if cursor is None:
                break
        if not differing or time.monotonic() > end:
            return differing
        await asyncio.sleep(1)
