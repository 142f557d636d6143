"""More than the library can do: what it still does, how soon, and how soon it is itself again.

Then a neighbour that fails, one that is slow, and an end under load.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from tests.lab.benchmarks.contestants import the_library
from tests.lab.benchmarks.load import restart
from tests.lab.benchmarks.load.answers import Answers, seconds_to_recover
from tests.lab.benchmarks.load.arrivals import Ask, Schedule, by_desks, by_the_clock
from tests.lab.benchmarks.load.neighbours import Failing, Slow, beside_a_failing_neighbour, beside_a_slow_neighbour
from tests.lab.benchmarks.load.restart import Restart
from tests.lab.benchmarks.load.scene import Scene
from tests.lab.benchmarks.processes import apart, cpu_seconds
from tests.lab.benchmarks.report import judged
from tests.lab.benchmarks.servers import DurablePostgres, roots
from tests.servers import RabbitServer

TIMES = 3
"""How many times as many requests come as can be done."""

LEAST_GOODPUT = 0.9
"""What is done of what can be done, under overload."""

MOST_P99 = 2.0
"""How many times as long as in a busy hour an act takes that is done, p99."""

MOST_RECOVERY = 5.0
"""Seconds until everything is as before, once no more comes than can be done."""

DESKS, KIOSKS = 16, 8
_COPIES, _MEMBERS = 1_500, 300
_RECOVERY = 10.0  # seconds that are looked at after the overload


@dataclass(frozen=True, slots=True)
class Trial:
    """What was answered, and how many processor seconds each process used meanwhile; `client` sent it all.

    Of an overload, `capacity` is how many acts a second the library did just before and just after, and `normal_p99`
    what their p99 was, in milliseconds; `recovered` how many seconds later all was well, None for never.
    """

    answers: Answers
    cpu: Mapping[str, float]
    capacity: float = 0.0
    normal_p99: float = 0.0
    recovered: float | None = None

    @property
    def goodput(self) -> float:
        """What was done of what can be done."""
        return self.answers.done_per_second / self.capacity

    @property
    def lateness(self) -> float:
        """How many times as long as usual what was done took, p99."""
        return self.answers.milliseconds(99) / self.normal_p99

    @property
    def milliseconds_of_an_act(self) -> dict[str, float]:
        """Processor time by process, for each act that was done."""
        acts = self.answers.done_per_second * self.answers.seconds
        return {name: used * 1000 / max(1, acts) for name, used in self.cpu.items()}

    def as_json(self) -> dict[str, Any]:
        return {
            "capacity": self.capacity,
            "normal p99 ms": self.normal_p99,
            "seconds to recover": self.recovered,
            **self.answers.as_json(),
            "CPU ms of an act done": self.milliseconds_of_an_act,
        }


@dataclass(frozen=True, slots=True)
class Overload:
    """A busy hour, too much by several accounts and by one, a failing and a slow neighbour, and an end under load."""

    normal: Trial
    trials: Mapping[str, Trial]
    failing: Failing
    slow: Slow
    restart: Restart

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        rows = [self._verdict(name, trial) for name, trial in self.trials.items()]
        return [*rows, *self.failing.verdicts(), *self.slow.verdicts(), *self.restart.verdicts()]

    def _verdict(self, name: str, trial: Trial) -> str:
        goodput, late, unanswered = trial.goodput, trial.lateness, trial.answers.without
        recovered = "never" if trial.recovered is None else f"in {trial.recovered:.0f} s"
        soon = trial.recovered is not None and trial.recovered <= MOST_RECOVERY
        return (
            f"{TIMES} times too much, {name}: {goodput:.0%} of {trial.capacity:.0f} acts a second are done "
            f"(aim: {LEAST_GOODPUT:.0%}); {judged(goodput >= LEAST_GOODPUT)}. Their p99 is {late:.2f} times that of a "
            f"busy hour (aim: {MOST_P99:g}); {judged(late <= MOST_P99)}. {unanswered} requests get no answer "
            f"(aim: 0); {judged(not unanswered)}. It recovers {recovered} (aim: {MOST_RECOVERY:.0f}); "
            f"{judged(soon)}."
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "verdicts": self.verdicts(),
            "a busy hour": self.normal.as_json(),
            "too much": {name: trial.as_json() for name, trial in self.trials.items()},
            "a failing neighbour": self.failing.as_json(),
            "a slow neighbour": self.slow.as_json(),
            "an end under load": self.restart.as_json(),
        }

    def show(self, console: Console) -> None:
        """Print the table and what it means."""
        table = Table(title=f"{DESKS} desks that never pause, and {TIMES} times as many requests as they get done")
        for heading in ("", "sent", "done a second", "p50 ms", "p99 ms", "refusals p99 ms", "CPU ms", "answers"):
            table.add_column(heading, justify="left" if heading in {"", "answers"} else "right")
        for name, trial in {"a busy hour": self.normal, **self.trials}.items():
            one = trial.answers
            figures = (
                one.done_per_second,
                one.milliseconds(50),
                one.milliseconds(99),
                one.milliseconds(99, refusals=True),
            )
            cpu = f"{sum(trial.milliseconds_of_an_act.values()):.1f}"
            answers = "\n".join(f"{count} × {told}" for told, count in sorted(one.told.items()))
            table.add_row(name, str(len(one.given)), *(f"{figure:.0f}" for figure in figures), cpu, answers)
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)


async def measure(console: Console, *, seconds: float) -> Overload:
    """Run the library in production mode, see what it can do, and ask for more; `seconds` are those of each part."""
    with DurablePostgres() as postgres, RabbitServer() as rabbit:
        console.print(f"Starting the library, in production mode, with {KIOSKS} kiosks …")
        running = the_library(postgres, rabbit, copies=_COPIES, members=_MEMBERS, kiosks=KIOSKS)
        async with running as library:
            roots_of = {name: roots(process) for name, process in library.processes.items()}
            meter = Meter(roots_of | {"PostgreSQL": roots(postgres), "RabbitMQ": roots(rabbit)})
            scene = await Scene.of(library)
            with apart([process for each in meter.processes.values() for process in each]):
                normal, trials = await _overloads(scene, meter, console, seconds=seconds)
            port = urlsplit(library.urls["books"]).port or 0
            console.print("  Books is slow, loans is ended, books fails …")
            slow = await beside_a_slow_neighbour(scene, port, seconds=seconds)
            ended = await restart.under_load(scene, seconds=seconds)
            failing = await beside_a_failing_neighbour(scene, port, seconds=seconds + 3)
            return Overload(normal, trials, failing, slow, ended)


async def _overloads(
    scene: Scene, meter: "Meter", console: Console, *, seconds: float
) -> tuple[Trial, dict[str, Trial]]:
    """See what can be done, and let more come: by several accounts, then by one."""
    await by_desks(DESKS, seconds=2, ask=scene.act)
    normal = before = await _busy_hour(scene, meter, seconds=seconds)
    console.print(f"  It does {scene.capacity:.0f} acts a second.", highlight=False)
    trials = {}
    for name, ask in (("by several accounts", scene.act), ("by one account", scene.act_of_one)):
        answers, cpu, recovered = await _too_much(scene, ask, meter, before, seconds=5 * seconds)
        after = await _busy_hour(scene, meter, seconds=seconds)
        capacity = mean(one.answers.done_per_second for one in (before, after))
        p99 = mean(one.answers.milliseconds(99) for one in (before, after))
        trials[name] = Trial(answers, cpu, capacity, p99, recovered)
        before = after
    return normal, trials


async def _busy_hour(scene: Scene, meter: "Meter", *, seconds: float) -> Trial:
    """Let desks work without a pause, and note how much can be done."""
    answers, cpu = await asyncio.gather(by_desks(DESKS, seconds=seconds, ask=scene.act), meter.during(seconds))
    scene.capacity = answers.done_per_second
    return Trial(answers, cpu)


async def _too_much(
    scene: Scene, ask: Ask, meter: "Meter", before: Trial, *, seconds: float
) -> tuple[Answers, dict[str, float], float | None]:
    """Let too many requests come, and then half of what can be done; return what came of it, and when all was well."""
    schedule = Schedule(((TIMES * scene.capacity, seconds), (scene.capacity / 2, _RECOVERY)))
    all_of_it, cpu = await asyncio.gather(by_the_clock(schedule, ask), meter.during(seconds))
    await scene.circulation.settle(scene.loans)
    recovered = seconds_to_recover(all_of_it, begin=seconds, p99=before.answers.milliseconds(99))
    return all_of_it.between(0, seconds), cpu, recovered


class Meter:
    """Reads how many processor seconds processes use, and the client that sends all the requests."""

    def __init__(self, processes: Mapping[str, tuple[int, ...]]) -> None:
        self.processes = processes

    async def during(self, seconds: float) -> dict[str, float]:
        """Return what is used from now on, for so long."""
        before = self._read()
        await asyncio.sleep(seconds)
        after = self._read()
        return {name: after[name] - before[name] for name in after}

    def _read(self) -> dict[str, float]:
        return cpu_seconds(self.processes) | {"client": time.process_time()}
