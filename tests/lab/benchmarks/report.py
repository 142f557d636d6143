"""The figures: as tables for a person, as JSON for a machine."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.lab.benchmarks.rounds import Phase

AIM_RATIOS = {"check-outs": 0.55, "returns": 0.5}
AIM_P99 = 2.0  # times the limit's
AIM_ONE_DESK = 2.2  # times the limit's p50
AIM_MIB = 120

Figure = Callable[[Phase], float]

FIGURES: dict[str, Figure] = {
    "per second": lambda phase: phase.per_second,
    "per second, events included": lambda phase: phase.per_second_settled,
    "p50 ms": lambda phase: phase.milliseconds(50),
    "p95 ms": lambda phase: phase.milliseconds(95),
    "p99 ms": lambda phase: phase.milliseconds(99),
    "CPU s per 1000": lambda phase: sum(phase.cpu_per_thousand.values()) - phase.cpu_per_thousand["client"],
}
RATES = ("per second", "per second, events included")


@dataclass(slots=True)
class Result:
    """What was measured of one contestant: per act ("check-outs", "returns") one phase a round; `mib` by process.

    `few` are check-outs and returns by fewer desks. `faults` tell in words what went wrong with its events.
    """

    name: str
    phases: Mapping[str, list[Phase]]
    few: Mapping[int, tuple[Phase, Phase]]
    mib: Mapping[str, float]
    faults: list[str]


def ratios(library: Sequence[Phase], limit: Sequence[Phase], figure: str) -> list[float]:
    """Return, round by round, what the library reaches of the limit: 1 means just as good."""
    of = FIGURES[figure]
    pairs = [(of(ours), of(bare)) for ours, bare in zip(library, limit, strict=True)]
    return [ours / bare if figure in RATES else bare / ours for ours, bare in pairs]


def show(console: Console, results: Sequence[Result], *, title: str) -> None:
    """Print the tables and what they mean."""
    console.print(_performance(results, title))
    console.print(_few(results))
    console.print(_costs(results))
    for verdict in verdicts(results):
        console.print(verdict, highlight=False)


def verdicts(results: Sequence[Result]) -> list[str]:
    """Return one sentence per aim."""
    text = [] if len(results) < 2 else _against(results[0], results[1])
    mib, largest = max((mib, name) for name, mib in results[0].mib.items())
    text.append(f"The largest process, {largest}, holds {mib:.0f} MiB (aim: below {AIM_MIB}); {judged(mib < AIM_MIB)}.")
    others = [phase.others for result in results for phases in result.phases.values() for phase in phases]
    text.append(f"Other programs took {median(others):.0%} of the processors meanwhile, {max(others):.0%} at worst.")
    for result in results:
        arrived = "; ".join(result.faults) or "every event arrived once and in order, and availability is right"
        text.append(f"{result.name}: {arrived}.")
    return text


def _against(library: Result, limit: Result) -> list[str]:
    text = []
    for act, aim in AIM_RATIOS.items():
        found = ratios(library.phases[act], limit.phases[act], "per second")
        late = [1 / ratio for ratio in ratios(library.phases[act], limit.phases[act], "p99 ms")]
        text.append(
            f"{act.capitalize()} reach {_spread(found)} of the limit (aim: {aim:g}); {judged(median(found) >= aim)}. "
            f"Their p99 is {_spread(late)} times the limit's (aim: {AIM_P99:g}); {judged(median(late) <= AIM_P99)}."
        )
    ours, bare = (result.few[1][0].milliseconds(50) for result in (library, limit))
    times = ours / bare
    text.append(
        f"One desk waits {ours:.1f} ms for a check-out, {times:.2f} times the limit's {bare:.1f} ms "
        f"(aim: {AIM_ONE_DESK:g}); {judged(times <= AIM_ONE_DESK)}."
    )
    return text


def as_json(results: Sequence[Result], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything as JSON values."""
    told: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.platform(),
        "options": dict(options),
        "verdicts": verdicts(results),
        "contestants": {result.name: _told(result) for result in results},
    }
    if len(results) == 2:
        told["ratio"] = {
            act: {
                figure: _summary(ratios(results[0].phases[act], results[1].phases[act], figure)) for figure in FIGURES
            }
            for act in results[0].phases
        }
    return told


def _told(result: Result) -> dict[str, Any]:
    return {
        "acts": {
            act: {
                "count": sum(len(phase.done) for phase in phases),
                **{figure: _summary([of(phase) for phase in phases]) for figure, of in FIGURES.items()},
                "CPU s per 1000 by process": _median_cpu(phases),
                "share of other programs": _summary([phase.others for phase in phases]),
            }
            for act, phases in result.phases.items()
        },
        "few desks": {
            str(desks): {
                act: {f"p{percent} ms": phase.milliseconds(percent) for percent in (50, 95)}
                for act, phase in zip(result.phases, phases, strict=True)
            }
            for desks, phases in result.few.items()
        },
        "resident MiB": result.mib,
        "faults": result.faults,
    }


def _performance(results: Sequence[Result], title: str) -> Table:
    table = Table(title=title, caption="minimum · median · maximum of the rounds")
    for heading in ("", *(result.name for result in results)):
        table.add_column(heading, justify="right" if heading else "left")
    if len(results) == 2:
        table.add_column("of the limit", justify="right")
    for act in results[0].phases:
        table.add_row(f"[bold]{act}[/bold]")
        for figure, of in FIGURES.items():
            cells = [_spread([of(phase) for phase in result.phases[act]]) for result in results]
            if len(results) == 2:
                cells.append(_spread(ratios(results[0].phases[act], results[1].phases[act], figure)))
            table.add_row(figure, *cells, end_section=figure == list(FIGURES)[-1])
    return table


def _few(results: Sequence[Result]) -> Table:
    table = Table(title="Few desks: milliseconds, p50 · p95")
    table.add_column("")
    for heading in (*(result.name for result in results), *(["p50, times the limit"] if len(results) == 2 else [])):
        table.add_column(heading, justify="right")
    for desks in results[0].few:
        for place, act in enumerate(results[0].phases):
            phases = [result.few[desks][place] for result in results]
            cells = [f"{phase.milliseconds(50):.1f} · {phase.milliseconds(95):.1f}" for phase in phases]
            if len(phases) == 2:
                cells.append(f"{phases[0].milliseconds(50) / phases[1].milliseconds(50):.2f}")
            table.add_row(f"{act}, {desks} desk{'s' if desks > 1 else ''}", *cells)
    return table


def _costs(results: Sequence[Result]) -> Table:
    table = Table(title="CPU seconds per 1000 check-outs · per 1000 returns; resident MiB")
    table.add_column("process")
    for result in results:
        table.add_column(f"{result.name}: CPU", justify="right")
        table.add_column("MiB", justify="right")
    cpu = [[_median_cpu(phases) for phases in result.phases.values()] for result in results]
    for process in cpu[0][0]:
        cells = []
        for result, used in zip(results, cpu, strict=True):
            cells.append(" · ".join(f"{act[process]:.2f}" for act in used))
            cells.append(f"{result.mib[process]:.0f}" if process in result.mib else "")
        table.add_row(process, *cells)
    return table


def _median_cpu(phases: Sequence[Phase]) -> dict[str, float]:
    return {process: median(phase.cpu_per_thousand[process] for phase in phases) for process in phases[0].cpu}


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {"min": min(values), "median": median(values), "max": max(values)}


def _spread(values: Sequence[float]) -> str:
    return " · ".join(f"{value:.0f}" if value >= 100 else f"{value:.3g}" for value in _summary(values).values())


def judged(reached: bool) -> str:
    """Say whether an aim is reached."""
    return "reached" if reached else "[red]not reached[/red]"
