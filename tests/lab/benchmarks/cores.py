"""What a second processor is worth, and what PostgreSQL would do if nothing else were in its way."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.lab.benchmarks.ceiling import Ceiling, ceiling
from tests.lab.benchmarks.contestants import Contestant, the_library
from tests.lab.benchmarks.processes import apart
from tests.lab.benchmarks.rounds import Desk, Phase
from tests.lab.benchmarks.servers import DurablePostgres, analyse, roots
from tests.servers import RabbitServer

_COPIES, _MEMBERS = 3_600, 720
_WARM_UP = 300
_ROUNDS = 3


@dataclass(slots=True)
class Setting:
    """So many processes of `serve` each, on one processor or on all that there are; and what was measured."""

    name: str
    desk: Desk
    confined: Sequence[int] | None = None
    check_outs: list[Phase] = field(default_factory=list)
    returns: list[Phase] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """Lend for so long, and take all of it back."""
        with nullcontext() if self.confined is None else apart(self.confined, most=1):
            lent = await self.desk.check_out(seconds=seconds)
            self.check_outs.append(lent)
            self.returns.append(await self.desk.bring_back(lent.done))


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of the rounds of one setting: acts a second, and CPU milliseconds of an act without the client's."""

    per_second: tuple[float, float]
    cpu: tuple[float, float]

    @classmethod
    def of(cls, setting: Setting) -> "Figures":
        acts = (setting.check_outs, setting.returns)
        check_outs, returns = (median(phase.per_second for phase in phases) for phases in acts)
        lent, taken_back = (median(_cpu(phase) for phase in phases) for phases in acts)
        return cls((check_outs, returns), (lent, taken_back))


@dataclass(frozen=True, slots=True)
class Cores:
    """What was measured, by setting; the first is on one processor."""

    settings: Mapping[str, Figures]
    ceiling: Ceiling

    def verdicts(self) -> list[str]:
        """Return one sentence for each way to use more."""
        base, *others = self.settings
        one = self.settings[base].per_second
        text = []
        for name in others:
            lent, taken_back = (more / less for more, less in zip(self.settings[name].per_second, one, strict=True))
            text.append(f"{name}: {lent:.2f} times the check-outs and {taken_back:.2f} times the returns of {base}.")
        return [*text, *self.ceiling.verdicts()]

    def show(self, console: Console) -> None:
        """Print the tables and what they mean."""
        table = Table("setting", title=f"16 desks, medians of {_ROUNDS} rounds")
        for heading in ("check-outs a second", "CPU ms each", "returns a second", "CPU ms each"):
            table.add_column(heading, justify="right")
        for name, figures in self.settings.items():
            pairs = zip(figures.per_second, figures.cpu, strict=True)
            table.add_row(name, *(cell for rate, cpu in pairs for cell in (f"{rate:.0f}", f"{cpu:.2f}")))
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "settings": {
                name: {"per second": figures.per_second, "CPU ms": figures.cpu}
                for name, figures in self.settings.items()
            },
            "PostgreSQL alone": self.ceiling.as_json(),
            "verdicts": self.verdicts(),
        }


async def measure(console: Console, *, seconds: float, clients: int) -> Cores:
    """Run libraries with one and with two processes of each service in turns; then replay to PostgreSQL alone."""
    with DurablePostgres() as postgres, RabbitServer() as broker, RabbitServer() as other_broker:
        console.print("Starting the library, with one process of each service and with two …")
        async with (
            the_library(postgres, broker, copies=_COPIES, members=_MEMBERS, name="single") as single,
            the_library(postgres, other_broker, copies=_COPIES, members=_MEMBERS, name="double", workers=2) as double,
        ):
            servers, others = (
                {"PostgreSQL": roots(postgres), "RabbitMQ": roots(each)} for each in (broker, other_broker)
            )
            one, two = _desk(single, clients, servers), _desk(double, clients, others)
            everything = [process for ids in _roots(single, servers).values() for process in ids]
            settings = [
                Setting("one processor", one, confined=everything),
                Setting("all processors", one),
                Setting("all processors, two processes of each service", two),
            ]
            for desk, library in ((one, single), (two, double)):
                await desk.bring_back((await desk.check_out(copies=_WARM_UP)).done)
                await analyse(library.databases.values())
            for number in range(_ROUNDS):
                console.print(f"Round {number + 1} of {_ROUNDS}")
                for setting in settings:
                    await setting.run(seconds)
    console.print("Writing down what PostgreSQL is asked, to ask it once more …")
    return Cores({setting.name: Figures.of(setting) for setting in settings}, await ceiling(clients=clients))


def _roots(library: Contestant, servers: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {called: roots(process) for called, process in library.processes.items()} | dict(servers)


def _desk(library: Contestant, clients: int, servers: Mapping[str, tuple[int, ...]]) -> Desk:
    return Desk(library, clients=clients, roots=_roots(library, servers))


def _cpu(phase: Phase) -> float:
    each = phase.cpu_per_thousand
    return sum(each.values()) - each["client"]
