"""Tells what a run was and what the judge found, as tables that stand in README.md."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from tests.lab.faults.nemesis.besieged.crash_points import POINTS
from tests.lab.faults.nemesis.faults import FAULTS
from tests.lab.faults.nemesis.judging.acts import late
from tests.lab.faults.nemesis.judging.evidence import Evidence
from tests.lab.faults.nemesis.judging.telling import doubled
from tests.lab.faults.nemesis.run import Run

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- the last run: begin -->", "<!-- the last run: end -->"
LONG_RUN = 600.0  # seconds; shorter runs only tell their counts
_POINT_LEAST = 10
_COUNTS = ("asked", "accepted", "refused", "tries without an answer", "answered from a receipt")


def too_seldom(run: Run) -> list[str]:
    """Return what did not happen often enough in a long run to have shown anything."""
    if run.seconds < LONG_RUN:
        return []
    found = [
        f"{fault.name}: {run.faults[fault.name]} of {fault.least}"
        for fault in FAULTS
        if run.faults[fault.name] < fault.least
    ]
    return found + [
        f"crash {point}: {run.crash_points[point]} of {_POINT_LEAST}"
        for point in POINTS
        if run.crash_points[point] < _POINT_LEAST
    ]


def percentile(values: list[float], share: float) -> float:
    """Return the value below which so many of them are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def tables(run: Run, found: dict[str, list[str]]) -> str:
    """Return everything about a run, in Markdown."""
    lines = [
        _summary(run, found),
        "",
        "| fault | times |",
        "|---|---|",
        *(f"| {fault.name} | {run.faults[fault.name]} |" for fault in FAULTS),
        *(f"| crash {point} | {run.crash_points[point]} |" for point in POINTS),
        "",
        "| act | " + " | ".join(_COUNTS) + " |",
        "|---" * (len(_COUNTS) + 1) + "|",
    ]
    for kind, counts in run.history.figures().items():
        lines.append(f"| {kind} | " + " | ".join(str(counts[name]) for name in _COUNTS) + " |")
    if run.evidence is not None:
        lines += ["", _of_evidence(run.evidence)]
    lines += ["", "| what must be true | violations |", "|---|---|"]
    lines += [f"| {name} | {len(each)} |" for name, each in found.items()]
    return "\n".join(lines)


def _summary(run: Run, found: dict[str, list[str]]) -> str:
    settled = [percentile(run.settled, 0.5), percentile(run.settled, 0.95), max(run.settled, default=0.0)]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, seed {run.seed}, {run.seconds:.0f} seconds, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}: "
        f"**{sum(run.faults.values()) + run.crash_points.total()} faults, "
        f"{sum(len(each) for each in found.values())} violations.** Processes died {run.deaths} times. "
        f"After each of {len(run.settled)} bouts all was well again within "
        f"{settled[0]:.1f} s (median), {settled[1]:.1f} s (p95), {settled[2]:.1f} s (longest)."
    )


def _of_evidence(evidence: Evidence) -> str:
    return (
        f"{len({event.id for event in evidence.events})} events came to the broker, {doubled(evidence)} of them once "
        f"more; {len(evidence.again)} keys were used again at the end; {late(evidence)} acts were refused after an "
        "earlier try had got no answer, and that try was carried out later. Somebody looked "
        f"{evidence.history.looks} times whether the money adds up."
    )


def write(run: Run, found: dict[str, list[str]]) -> None:
    """Put the tables into README.md, in the place of those of the run before."""
    text = README.read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}\n\n{tables(run, found)}\n\n{END}{tail}")
