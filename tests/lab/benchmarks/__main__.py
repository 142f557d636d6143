"""`make bench`, on real servers: beside the limit, in a large catalogue, at an old age, and under attack."""

import contextlib
import json
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
import uvloop
from rich.console import Console

from tests.lab.benchmarks import (
    ageing,
    cores,
    embedded,
    figures,
    growth,
    hostile,
    machines,
    memory,
    moving,
    overload,
    profile,
    report,
    searches,
)
from tests.lab.benchmarks.audit import Audit
from tests.lab.benchmarks.client import ask_all, request
from tests.lab.benchmarks.contestants import the_library, the_limit
from tests.lab.benchmarks.processes import resident_mib
from tests.lab.benchmarks.rounds import OK, Desk, Phase
from tests.lab.benchmarks.servers import DurablePostgres, analyse, roots
from tests.servers import RabbitServer

CONTESTANTS = {"library": the_library, "limit": the_limit}
PARTS = (
    "circulation",
    *CONTESTANTS,
    "memory",
    "cores",
    "embedded",
    "search",
    "ageing",
    "figures",
    "hostile",
    "overload",
    "moving",
    "sip2",
    "profile",
)
RESULT = Path("var/bench.json")
PICTURE = Path("docs/growth.svg")
_COPIES_PER_SECOND = 600  # more than anybody lends here; who runs out of copies just ends a round early
_COPIES_PER_MEMBER = 5
_WARM_UP = 300
_LEFT_OUT = 100
_FEW_DESKS = (1, 2)

console = Console(width=max(100, Console().width))  # in a file, too, the tables keep their shape


class _Measured(Protocol):
    """What came of one part."""

    def show(self, console: Console) -> None: ...
    def as_json(self) -> Mapping[str, object]: ...


class Trial:
    """One contestant on its way through the rounds."""

    def __init__(self, desk: Desk, audit: Audit) -> None:
        self._desk = desk
        self._audit = audit
        self.name = desk.contestant.name
        self.phases: dict[str, list[Phase]] = {"check-outs": [], "returns": []}
        self.few: dict[int, tuple[Phase, Phase]] = {}

    async def warm_up(self) -> None:
        """Let connections be made, caches fill, and the database see that its tables are not empty any more."""
        await self._desk.bring_back((await self._desk.check_out(copies=_WARM_UP)).done)
        await analyse(self._desk.contestant.databases.values())

    async def run(self, seconds: float) -> None:
        """Run one round: lend for so long, then take all of it back."""
        lent = await self._desk.check_out(seconds=seconds)
        returned = await self._desk.bring_back(lent.done)
        await self._audit.read(expected=2 * (self._desk.check_outs + self._desk.returns))
        self.phases["check-outs"].append(lent)
        self.phases["returns"].append(returned)
        rates = f"{lent.per_second:.0f} check-outs and {returned.per_second:.0f} returns a second"
        console.print(f"  {self.name}: {rates}", highlight=False)

    async def run_with_few(self, seconds: float) -> None:
        """Let one desk work by itself, then two."""
        for clients in _FEW_DESKS:
            lent = await self._desk.check_out(seconds=seconds, clients=clients)
            self.few[clients] = lent, await self._desk.bring_back(lent.done, clients=clients)
            await self._audit.read(expected=2 * (self._desk.check_outs + self._desk.returns))

    async def end(self) -> report.Result:
        """Leave some copies with their borrowers, look whether everything that was told is true, and sum up."""
        await self._desk.check_out(copies=_LEFT_OUT)
        await self._audit.read(expected=2 * (self._desk.check_outs + self._desk.returns))
        faults = self._audit.faults(check_outs=self._desk.check_outs, returns=self._desk.returns)
        contestant = self._desk.contestant
        looks = [
            request("GET", f"/v1/copies?barcode={barcode}", token=contestant.token) for barcode, _ in contestant.stock
        ]
        shown = await ask_all(contestant.urls["books"], looks, expected=OK, clients=16)
        states = [answer["items"][0]["availability"] for answer in shown]
        expected = ["on_loan"] * _LEFT_OUT + ["available"] * (len(states) - _LEFT_OUT)
        if wrong := sum(one != other for one, other in zip(states, expected, strict=True)):
            faults.append(f"{wrong} copies with a wrong availability")
        mib = {name: resident_mib(roots(process)) for name, process in contestant.processes.items()}
        return report.Result(self.name, self.phases, self.few, mib, faults)


async def measure(names: list[str], *, rounds: int, seconds: float, clients: int) -> list[report.Result]:
    """Run the contestants in turns, so that a noisy minute disturbs them alike."""
    copies = int(seconds * _COPIES_PER_SECOND)
    members = copies // _COPIES_PER_MEMBER
    async with contextlib.AsyncExitStack() as stack:
        console.print("Starting PostgreSQL and RabbitMQ …")
        postgres, rabbit = stack.enter_context(DurablePostgres()), stack.enter_context(RabbitServer())
        servers = {"PostgreSQL": roots(postgres), "RabbitMQ": roots(rabbit)}
        trials = []
        for name in names:
            console.print(f"Starting the {name}, with {copies} copies and {members} members …")
            running = CONTESTANTS[name](postgres, rabbit, copies=copies, members=members)
            contestant = await stack.enter_async_context(running)
            processes = {called: roots(process) for called, process in contestant.processes.items()}
            audit = await stack.enter_async_context(Audit.of(contestant.exchange, rabbit.url))
            trials.append(Trial(Desk(contestant, clients=clients, roots=processes | servers), audit))
        for trial in trials:
            await trial.warm_up()
        for number in range(rounds):
            console.print(f"Round {number + 1} of {rounds}")
            for trial in trials:
                await trial.run(seconds)
        console.print("One desk, and two")
        for trial in trials:
            await trial.run_with_few(seconds)
        return [await trial.end() for trial in trials]


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each contestant has its turn.")] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="How long copies are lent in a turn.")] = 6,
    clients: Annotated[int, typer.Option(min=1, help="How many desks work at once.")] = 16,
    only: Annotated[str | None, typer.Option(help=f"Measure only this: {', '.join(PARTS)}.")] = None,
    *,
    books: Annotated[int, typer.Option(min=searches.SMALL, help="The size of the large catalogue.")] = searches.LARGE,
    closed: Annotated[int, typer.Option(min=ageing.MIDDLE, help="Closed loans of the old library.")] = ageing.LARGE,
    loans: Annotated[int, typer.Option(min=figures.FEW, help="Loans of the year that figures tell of.")] = figures.MANY,
) -> None:
    """Measure check-outs and returns, the events published, against the limit of the same hops without a framework.

    Then what each process holds, what a second processor is worth, the embedded gear with one and with eight desks,
    searches in a large catalogue against a small one, check-outs in a library that has grown, questions about a year of
    it, check-outs while somebody attacks, more than can be done, a library that moves in, fifty machines by SIP2, and
    where the time of a check-out and of a return goes. A picture of what grows is drawn when both of its halves were
    measured.
    """
    if only is not None and only not in PARTS:
        raise typer.BadParameter(f"there is no {only}; there are {', '.join(PARTS)}")
    told: dict[str, object] = {}
    faults = False
    if only in {None, "circulation", *CONTESTANTS}:
        names = [only] if only in CONTESTANTS else list(CONTESTANTS)
        told, faults = _circulation(names, rounds, seconds, clients)
    parts: dict[str, Callable[[], Coroutine[Any, Any, _Measured]]] = {
        "memory": lambda: memory.measure(console),
        "cores": lambda: cores.measure(console, seconds=seconds, clients=clients),
        "embedded": lambda: embedded.measure(console, seconds=seconds),
        "search": lambda: searches.measure(console, large=books),
        "ageing": lambda: ageing.measure(console, closed=closed),
        "figures": lambda: figures.measure(console, loans=loans),
        "hostile": lambda: hostile.measure(console, seconds=2 * seconds),
        "overload": lambda: overload.measure(console, seconds=seconds),
        "sip2": lambda: machines.measure(console, seconds=3 * seconds),
        "profile": lambda: profile.measure(console, seconds=seconds, clients=clients),
    }
    for name, measured in parts.items():
        if only in {None, name}:
            found = uvloop.run(measured())
            found.show(console)
            told[name] = found.as_json()
    if only in {None, "moving"}:
        told["moving"] = uvloop.run(moving.shown(console))
    _draw(told)
    RESULT.parent.mkdir(exist_ok=True)
    kept: dict[str, object] = json.loads(RESULT.read_text()) if RESULT.exists() and only is not None else {}
    RESULT.write_text(json.dumps(kept | told, indent=2) + "\n")
    console.print(f"All figures are in {RESULT}.")
    if faults:
        raise typer.Exit(1)


def _draw(told: Mapping[str, object]) -> None:
    """Draw what this run, and for the other half an earlier one, measured of growth."""
    earlier: dict[str, object] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    halves = {part: told.get(part, earlier.get(part)) for part in ("ageing", "search")}
    if told.keys() & halves.keys() and all(halves.values()):
        PICTURE.write_text(growth.picture(growth.lines(halves)), encoding="utf-8")
        console.print(f"The picture of what grows is {PICTURE}.")


def _circulation(names: list[str], rounds: int, seconds: float, clients: int) -> tuple[dict[str, object], bool]:
    """Measure the contestants; return what is to be told, and whether events went wrong."""
    results = uvloop.run(measure(names, rounds=rounds, seconds=seconds, clients=clients))
    title = f"{clients} clients, {rounds} rounds of {seconds:g} s, PostgreSQL with fsync, RabbitMQ with confirms"
    report.show(console, results, title=title)
    options: Mapping[str, object] = {"rounds": rounds, "seconds": seconds, "clients": clients}
    return report.as_json(results, options), any(result.faults for result in results)


if __name__ == "__main__":
    typer.run(main)
