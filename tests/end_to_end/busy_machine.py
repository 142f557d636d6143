"""A desk at work on a machine that has much else to do: nobody is sent away.

`python -m tests.end_to_end.busy_machine` plays two hundred acts beside four processes that never rest.
"""

import argparse
import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import Library

_READERS = 4


@dataclass(slots=True)
class Played:
    """How often each status was answered, how long the acts took, and what was answered instead of 200 and 201."""

    statuses: Counter[int] = field(default_factory=Counter[int])
    seconds: list[float] = field(default_factory=list[float])
    refusals: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        counted = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        return f"{counted}; longest {max(self.seconds):.2f} s, together {sum(self.seconds):.0f} s"


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keep processors busy meanwhile."""
    spinning = [multiprocessing.get_context("spawn").Process(target=_spin, daemon=True) for _ in range(count)]
    for process in spinning:
        process.start()
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.join()


def _spin() -> None:
    while True:
        pass


async def a_desk(library: Library, *, acts: int) -> Played:
    """Lend and take back, one act after the other."""
    played = Played()
    readers = [await library.enrol() for _ in range(_READERS)]
    copies = await library.shelve(copies=_READERS)
    for number in range(acts):
        copy, reader = copies[number // 2 % _READERS], readers[number // 2 % _READERS]
        began = time.monotonic()
        answer = await (library.give_back(copy) if number % 2 else library.check_out(copy, reader))
        played.seconds.append(time.monotonic() - began)
        played.statuses[answer.status_code] += 1
        if not answer.is_success:
            played.refusals.append(answer.text)
    return played


async def _play(*, acts: int, busy: int) -> Played:
    with busy_processes(busy):
        async with EmbeddedLibrary() as library:
            played = await a_desk(library, acts=acts)
            warnings = [line for line in library.process.told().splitlines() if "[warning" in line]
    print("\n".join([*played.refusals, *warnings, str(played)]))
    return played


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=200)
    parser.add_argument("--busy", type=int, default=4)
    chosen = parser.parse_args()
    raise SystemExit(asyncio.run(_play(acts=chosen.acts, busy=chosen.busy)).refusals != [])
