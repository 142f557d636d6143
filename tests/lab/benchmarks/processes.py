"""What processes use, read from /proc: CPU seconds of a process with all its descendants, and resident memory.

And on which processors they do.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """`own` and `reaped` are CPU seconds: the process's own, and those of its children that have ended."""

    parent: int
    own: float
    reaped: float


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of physical memory: `resident` counts shared pages in full, `share` in proportion, `own` not at all."""

    resident: float
    share: float
    own: float


def cpu_seconds(roots: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Return the CPU seconds that these processes and all their descendants have used so far, by name."""
    table = dict(_table())
    families = {name: _family(table, processes) for name, processes in roots.items()}
    return {name: sum(table[one].own + table[one].reaped for one in family) for name, family in families.items()}


def machine_seconds() -> tuple[float, float]:
    """Return the CPU seconds that the whole machine has spent so far, and how many of them at work."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    user, nice, system, idle, waiting, interrupts, soft_interrupts, stolen = (int(field) / _TICKS for field in fields)
    busy = user + nice + system + interrupts + soft_interrupts + stolen
    return busy + idle + waiting, busy


def memory(roots: Sequence[int]) -> Memory:
    """Return what these processes and all their descendants hold together; what two of them share counts twice."""
    found = [_memory(process) for process in _family(dict(_table()), roots)]
    return Memory(*(sum(each) for each in zip(*map(astuple, found), strict=True))) if found else Memory(0, 0, 0)


def resident_mib(roots: Sequence[int]) -> float:
    """Return the resident memory of these processes and all their descendants, in MiB; shared pages count each time."""
    return memory(roots).resident


@contextmanager
def apart(roots: Sequence[int], *, most: int | None = None) -> Iterator[None]:
    """Inside the block, leave one processor to this process, and the others, so many at `most`, to these and all
    their descendants.

    Who measures would otherwise take from those that are measured. With a single processor nothing changes.
    """
    processors = os.sched_getaffinity(0)
    own = {max(processors)}
    measured = _family(dict(_table()), roots)
    _keep_on(own, [os.getpid()])
    _keep_on(set(sorted(processors - own or own)[:most]), measured)
    try:
        yield
    finally:
        _keep_on(processors, [os.getpid(), *measured, *_family(dict(_table()), roots)])


def _keep_on(processors: set[int], processes: Sequence[int]) -> None:
    """Let all threads of these processes run on these processors alone; what they start later does so as well."""
    for process in processes:
        for thread in Path(f"/proc/{process}/task").glob("*"):
            with suppress(ProcessLookupError):  # ended meanwhile
                os.sched_setaffinity(int(thread.name), processors)


def _family(table: dict[int, Usage], roots: Sequence[int]) -> list[int]:
    family = [root for root in roots if root in table]
    for member in family:  # grows while it is walked: children, then their children
        family += [process for process, usage in table.items() if usage.parent == member]
    return family


def _table() -> Iterator[tuple[int, Usage]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:  # ended meanwhile
            continue
        fields = text.rpartition(")")[2].split()  # the name before it may hold anything
        user, system, reaped_user, reaped_system = (int(field) / _TICKS for field in fields[11:15])
        yield int(folder.name), Usage(int(fields[1]), user + system, reaped_user + reaped_system)


def _memory(process: int) -> Memory:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:  # ended meanwhile
        return Memory(0, 0, 0)
    kib = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    own = kib["Private_Clean"] + kib["Private_Dirty"]
    return Memory(kib["Rss"] / 1024, kib["Pss"] / 1024, own / 1024)
