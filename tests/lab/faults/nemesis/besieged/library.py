"""The library under siege: each service and each relay twice, and a faulty line between every pair of processes."""

import asyncio
import contextlib
import os
import random
import re
import signal
import struct
import subprocess
from collections import Counter
from dataclasses import dataclass

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.processes import Process
from tests.lab.faults.nemesis.besieged import crash_points, launched, mutants
from tests.lab.faults.nemesis.besieged.audit import AUDIT_OF_HOLDS, AUDIT_OF_NEWS, AUDIT_OF_OUTBOX
from tests.lab.faults.nemesis.besieged.events import EveryEvent
from tests.lab.faults.nemesis.besieged.proxies import FaultyLine
from tests.ports import HOST, quiet_ports

_SERVICES = ("books", "members", "loans")
PROCESSES = [f"{service}{kind} {number}" for service in _SERVICES for kind in ("", " relay") for number in (1, 2)]
DESKS = ["loans 1", "loans 2"]
KEY_LEAD_TIME = "35"  # seconds; the least that there may be
_HAS_CRASHED = "crash-point"
_CLOCK = "clock"


class Besieged(Process):
    """A process that is told nothing but to begin: whether it can serve is for others to find out."""

    def answers(self) -> bool:
        return True

    def serves(self) -> bool:
        """Tell whether it says that nothing is lacking."""
        try:
            return super().answers()
        except OSError:
            return False

    def set_clock(self, seconds: float) -> None:
        """Let its clock be wrong by so many seconds."""
        with (self.folder / _CLOCK).open("r+b") as file:
            file.write(struct.pack("d", seconds))


@dataclass(frozen=True, slots=True)
class Death:
    """A process that died of itself: where, if it was told to."""

    process: str
    point: str | None


class BesiegedLibrary(ProductionLibrary):
    """`processes` are kept alive by `keep_alive`, which arms some of them with a crash point when it starts them."""

    def __init__(self, *, seed: int, mutant: str | None = None) -> None:
        super().__init__()
        self._rng = random.Random(f"{seed} crash points")
        self._mutant = None if mutant is None else mutants.MUTANTS[mutant]
        self.deaths: list[Death] = []
        self.ended_on_purpose: set[str] = set()
        self.arming = False
        self.own_ports = dict(zip(PROCESSES, quiet_ports(len(PROCESSES)), strict=True))
        for service in _SERVICES:  # where the parent class finds the first of each
            self.own_ports[f"{service} 1"] = self.ports[service]
        self.lines: dict[tuple[str, str], FaultyLine] = {}
        for name in PROCESSES:
            self._draw_lines(name)
        self.witness: EveryEvent = EveryEvent(self.rabbit.url)

    def _draw_lines(self, name: str) -> None:
        """Lay the lines on which a process reaches others, and the one on which clients reach it."""

        def lay(source: str, target: str, *there: int) -> None:
            self.lines[source, target] = FaultyLine(f"{source} to {target}", *quiet_ports(1), *there)

        lay(name, "postgres", self.postgres.port)
        lay(name, "rabbit", self.rabbit.port)
        for neighbour in ("books", "members"):
            if not name.startswith(neighbour) and (name.startswith("loans") or neighbour == "members"):
                lay(name, neighbour, self.own_ports[f"{neighbour} 1"], self.own_ports[f"{neighbour} 2"])
        if "relay" not in name:
            lay("clients", name, self.own_ports[name])

    def address(self, process: str) -> str:
        """Return where clients find a process, over its line."""
        return f"http://{HOST}:{self.lines['clients', process].port}"

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        for line in self.lines.values():
            await line.close()
            line.reset()

    async def make_whole(self) -> None:
        """Start everything that does not run, and wait until all of it serves."""
        await asyncio.gather(*(line.open() for line in self.lines.values()))
        await super().make_whole()
        await self.all_serve(seconds=90)

    async def all_serve(self, seconds: float) -> None:
        """Wait until every process says that nothing is lacking."""
        async with asyncio.timeout(seconds):
            for name, process in self.processes.items():
                while not await asyncio.to_thread(process.serves):  # type: ignore[attr-defined]  # all of ours do
                    if not process.runs:
                        raise RuntimeError(f"{name} does not start: {process.told()[-2000:]}")
                    await asyncio.sleep(0.05)

    async def keep_alive(self) -> None:
        """Start again whatever has died, for as long as this runs."""
        while True:
            for name, process in self.processes.items():
                if name not in self.ended_on_purpose and not process.runs:
                    self._note_death(name, process)
                    await asyncio.to_thread(self._start_again, name, process)
            await asyncio.sleep(0.05)

    def _note_death(self, name: str, process: Process) -> None:
        told = process.folder / _HAS_CRASHED
        point = told.read_text() if told.exists() else None
        told.unlink(missing_ok=True)
        self.deaths.append(Death(name, point))

    def _start_again(self, name: str, process: Process) -> None:
        process.stop()  # clears away what is left of it
        self._arm(name, process)
        process.start()

    def _arm(self, name: str, process: Process) -> None:
        """Let it die at one of its points, at the one that was hit least; every tenth time at none."""
        process.environment.pop(crash_points.SWITCH, None)
        points = crash_points.points_of(name)
        if self.arming and points and self._rng.random() < 0.9:
            hit = Counter(death.point for death in self.deaths)
            self._rng.shuffle(points)
            point = min(points, key=lambda one: hit[one])
            passes = self._rng.randint(1, 8)
            process.environment |= crash_points.armed(point, passes, process.folder / _HAS_CRASHED)

    def erlang(self, expression: str) -> str:
        """Let the broker's node work an Erlang expression out, and return what it came to."""
        node, cookie = f"library-{self.rabbit.port}@localhost", (self.rabbit.folder / ".erlang.cookie").read_text()
        done = subprocess.run(
            ["erl_call", "-sname", node, "-c", cookie, "-e"],
            input=f"{expression}.\n",
            env=self.rabbit.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout

    async def _prepare_databases(self) -> None:
        await super()._prepare_databases()
        await self._audit()

    async def _audit(self) -> None:
        """Let the databases write down what they otherwise forget; and take out the indexes of a mutant."""
        dropped = "".join(f"DROP INDEX {index};" for index in (self._mutant.indexes if self._mutant else ()))
        for service, script in (("books", AUDIT_OF_NEWS), ("members", ""), ("loans", AUDIT_OF_HOLDS + dropped)):
            database = await self.database(service)
            await database.execute(AUDIT_OF_OUTBOX + script)
            await database.close()

    def _all_processes(self) -> dict[str, Process]:
        made: dict[str, Process] = {}
        for name in PROCESSES:
            service = name.partition(" ")[0]
            how = ("relay",) if "relay" in name else ("serve", "--host", HOST)
            words = (f"{service}_service", *how, "--port", str(self.own_ports[name]))
            process = Besieged(
                "tests.lab.faults.nemesis.besieged.launched",
                *words,
                environment=self._environment_over_lines(name, service),
                ready=f"{HOST}:{self.own_ports[name]}/health/ready",
            )
            clock = process.folder / _CLOCK
            clock.write_bytes(struct.pack("d", 0.0))
            process.environment |= {launched.CLOCK: str(clock)}
            if self._mutant is not None:
                process.environment[mutants.SWITCH] = self._mutant.name
            made[name] = process
        return made

    def _environment_over_lines(self, name: str, service: str) -> dict[str, str]:
        """Return the settings of a service, in which each address is that of a line of this process."""

        def over(target: str) -> str:
            return str(self.lines[name, target].port)

        environment = self.environment(service) | {f"{service.upper()}_DATABASE_POOL_SIZE": "6"}
        environment["MEMBERS_KEY_LEAD_TIME"] = KEY_LEAD_TIME
        database = f"{service.upper()}_DATABASE_URL"
        environment[database] = _at(over("postgres"), environment[database])
        environment["RABBITMQ_URL"] = _at(over("rabbit"), environment["RABBITMQ_URL"])
        for neighbour, setting in (("members", "AUTH_JWKS_URL"), ("books", "LOANS_BOOKS_URL"), ("members", _MEMBERS)):
            if setting in environment and (name, neighbour) in self.lines:
                environment[setting] = _at(over(neighbour), environment[setting])
        return environment

    async def heal(self) -> None:
        """End whatever is done to the lines, the clocks and the processes."""
        for line in self.lines.values():
            line.change(type(line.weather)())
            await line.open()
        for process in self.processes.values():
            if isinstance(process, Besieged):
                process.set_clock(0.0)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(_wake, [process.pid for process in self.processes.values() if process.runs])


_MEMBERS = "LOANS_MEMBERS_URL"


def _at(port: str, address: str) -> str:
    return re.sub(rf"(?<={HOST}:)\d+", port, address, count=1)


def _wake(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
