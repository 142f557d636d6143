"""What processes use, read from /proc: CPU seconds of a process with all its descendants, and resident memory.

And on which processors they do.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """`own` and `reaped` are CPU seconds: the process's own, and those of its children that have ended."""

    parent: int
    own: float
    reaped: float


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


def resident_mib(roots: Sequence[int]) -> float:
    """Return the resident memory of these processes and all their descendants, in MiB; shared pages count each time."""
    return sum(_resident(process) for process in _family(dict(_table()), roots))


@contextmanager
def apart(roots: Sequence[int]) -> Iterator[None]:
    """Inside the block, leave one processor to this process, and the others to these and all their descendants.

    Who measures would otherwise take from those that are measured. With a single processor nothing changes.
    """
    processors = os.sched_getaffinity(0)
    own = {max(processors)}
    measured = _family(dict(_table()), roots)
    _keep_on(own, [os.getpid()])
    _keep_on(processors - own or own, measured)
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


def _resident(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))
