"""Everything that the nemesis can do, each as one coroutine that ends when it is undone."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.processes import run
from tests.lab.faults.nemesis.besieged.library import KEY_LEAD_TIME, PROCESSES, Besieged
from tests.lab.faults.nemesis.besieged.proxies import Weather
from tests.lab.faults.nemesis.nemesis import SERVICES, Nemesis
from tests.lab.faults.nemesis.server_faults import (
    backends_terminated,
    broker_kill,
    broker_stop,
    connections_closed,
    disk_full,
    memory_alarm,
    migration,
    postgres_restart,
    queue_deleted,
)


async def latency(nemesis: Nemesis) -> None:
    """Each piece takes longer."""
    await nemesis.bad_weather(nemesis.line(), Weather(latency=nemesis.rng.uniform(0.005, 0.15)), 0.5, 2)


async def black_hole(nemesis: Nemesis) -> None:
    """Nothing arrives, in either direction, and nobody is told."""
    await nemesis.bad_weather(nemesis.line(), Weather(asks_nothing=True, tells_nothing=True), 0.5, 4)


async def half_open(nemesis: Nemesis) -> None:
    """Questions arrive, and answers do not."""
    await nemesis.bad_weather(nemesis.line(), Weather(tells_nothing=True), 0.5, 4)


async def reset(nemesis: Nemesis) -> None:
    """Every connection of a line breaks."""
    for _ in range(20):
        if nemesis.line().reset():
            return


async def slicing(nemesis: Nemesis) -> None:
    """Bytes arrive a few at a time."""
    await nemesis.bad_weather(nemesis.line(), Weather(pieces=nemesis.rng.randint(1, 40)), 0.3, 1)


async def refusal(nemesis: Nemesis) -> None:
    """Nobody listens, and those who are connected are thrown out."""
    line = nemesis.line()
    await line.close()
    line.reset()
    await asyncio.sleep(nemesis.rng.uniform(0.3, 2))
    await line.open()


async def slow_neighbour(nemesis: Nemesis) -> None:
    """A neighbour answers, but too late."""
    late = Weather(latency=nemesis.rng.uniform(0.3, 1.5))
    await nemesis.bad_weather(nemesis.line("books", "members"), late, 0.5, 3)


async def lying_neighbour(nemesis: Nemesis) -> None:
    """Somebody else answers in a neighbour's place: 200, and rubbish."""
    line = nemesis.line("books", "members")
    line.change(Weather(lies=True))
    line.reset()
    await asyncio.sleep(nemesis.rng.uniform(0.3, 2))
    line.change(Weather())
    line.reset()


async def kill(nemesis: Nemesis) -> None:
    """kill -9."""
    process = nemesis.library.processes[nemesis.process()]
    if process.runs:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def freeze(nemesis: Nemesis) -> None:
    """SIGSTOP, and SIGCONT some seconds later, with everything that went on meanwhile."""
    process = nemesis.library.processes[nemesis.process()]
    if not process.runs:
        return
    pid = process.pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(nemesis.rng.uniform(0.3, 6))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


async def rolling_restart(nemesis: Nemesis) -> None:
    """End each process of a service as an operator does, one after the other; what it has in hand is finished."""
    service = nemesis.rng.choice(SERVICES)
    for name in [name for name in PROCESSES if name.startswith(service)]:
        process = nemesis.library.processes[name]
        if process.runs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
        for _ in range(100):
            await asyncio.sleep(0.05)
            if isinstance(process, Besieged) and process.runs and await asyncio.to_thread(process.serves):
                break


async def clock_jump(nemesis: Nemesis) -> None:
    """The clock of one process is minutes ahead, or behind."""
    process = nemesis.library.processes[nemesis.process()]
    if isinstance(process, Besieged):
        process.set_clock(nemesis.rng.choice((-1, 1)) * nemesis.rng.uniform(20, 600))
        await asyncio.sleep(nemesis.rng.uniform(0.5, 3))
        process.set_clock(0.0)


async def doubled_sweep(nemesis: Nemesis) -> None:
    """The timed work is done by two more, at once."""
    environment = nemesis.library.environment("loans")
    with contextlib.suppress(OSError):
        await asyncio.gather(
            *(asyncio.to_thread(run, "loans_service", "sweep", environment=environment) for _ in range(2))
        )


async def key_rotation(nemesis: Nemesis) -> None:
    """Members gets another key to sign with."""
    environment = nemesis.library.environment("members") | {"MEMBERS_KEY_LEAD_TIME": KEY_LEAD_TIME}
    await asyncio.to_thread(run, "members_service", "rotate-key", environment=environment)


async def overload(nemesis: Nemesis) -> None:
    """More people ask at once than can be served."""
    await nemesis.burst()


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault; a run of ten minutes in which it did not happen `least` times has not shown much."""

    name: str
    do: Callable[[Nemesis], Coroutine[Any, Any, None]]
    least: int = 20
    weight: float = 1.0
    on_broker: bool = False


FAULTS: tuple[Fault, ...] = (
    Fault("latency", latency, weight=4),
    Fault("black hole", black_hole, weight=3),
    Fault("half-open line", half_open, weight=4),
    Fault("reset", reset, weight=6),
    Fault("slicing", slicing, weight=3),
    Fault("refusal", refusal, weight=3),
    Fault("slow neighbour", slow_neighbour, weight=2),
    Fault("lying neighbour", lying_neighbour, weight=2),
    Fault("kill -9", kill, weight=5),
    Fault("SIGSTOP", freeze, weight=2),
    Fault("rolling restart", rolling_restart, least=5, weight=0.6),
    Fault("clock jump", clock_jump, weight=2),
    Fault("broker stopped", broker_stop, least=5, weight=0.3, on_broker=True),
    Fault("broker killed", broker_kill, least=5, weight=0.5, on_broker=True),
    Fault("broker's connections closed", connections_closed, weight=2, on_broker=True),
    Fault("queue deleted", queue_deleted, weight=2, on_broker=True),
    Fault("memory alarm", memory_alarm, weight=2, on_broker=True),
    Fault("PostgreSQL restarted", postgres_restart, least=5, weight=0.4),
    Fault("backends terminated", backends_terminated, weight=4),
    Fault("disk full", disk_full, least=5, weight=0.5),
    Fault("migration while serving", migration, least=5, weight=0.6),
    Fault("doubled sweep", doubled_sweep),
    Fault("key rotation", key_rotation, weight=0.4),
    Fault("overload", overload),
)
