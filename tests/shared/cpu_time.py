"""What a request may cost: a moment of the event loop's CPU time, and never more than its texts are long.

CPU time, not the clock: a busy machine makes nothing here slower. What looks too dear is tried again, for a collection
of garbage or a first import may fall on any request.
"""

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

MOST = 0.1
"""Seconds that one request may hold the loop: while it does, nobody else is answered."""
_TRIES = 4
_NOTHING = 0.03  # seconds in which no growth can be seen
_PERHAPS_FASTER = 2.3  # in a single try
_FASTER = 2.8  # twice the text takes twice the time, or four times where each letter is compared with every other

Answer = TypeVar("Answer")
CpuClock = Callable[[], float]


def cpu_clock_of(pid: int) -> CpuClock:
    """Return the clock of the CPU time of a process' main thread, where its event loop runs."""
    thread = Path(f"/proc/{pid}/task/{pid}")

    def now() -> float:
        if (precise := thread / "schedstat").exists():
            return int(precise.read_text().split()[0]) / 1e9
        user, system = (thread / "stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    return now


def waited_for_a_processor(pid: int) -> float:
    """Return for how many seconds the main thread could have worked while others had the processors; 0 if unknown."""
    told = Path(f"/proc/{pid}/task/{pid}/schedstat")
    return int(told.read_text().split()[1]) / 1e9 if told.exists() else 0.0


async def in_a_moment(
    name: str, send: Callable[[], Awaitable[Answer]], clock: CpuClock = time.thread_time, *, most: float = MOST
) -> Answer:
    """Return the answer of `send`. Fail where, however often it is tried, it takes more CPU time than `most`."""
    least = float("inf")
    for _ in range(_TRIES):
        began = clock()
        answer = await send()
        least = min(least, clock() - began)
        if least <= most:
            return answer
    raise AssertionError(f"{name} held the event loop for {least:.2f} s of CPU time")


async def grows_faster_than_its_text(cost_of: Callable[[int], Awaitable[float]], longest: int) -> bool:
    """Tell whether a text of `longest` costs far more than twice what one of half that length does.

    `cost_of` does what a text of a length leads to and returns the CPU time; the least of several tries counts. What is
    dear at an eighth of the length is judged there: the whole might take minutes. It is looked at twice, for a limit
    that is passed on the way makes one step dear, and not the next.
    """

    async def least(*sizes: int) -> list[float]:
        """Try them in turn, so that a moment in which everything is slower meets all of them alike."""
        tries = [[await cost_of(size) for size in sizes] for _ in range(_TRIES)]
        return [min(costs) for costs in zip(*tries, strict=True)]

    for size in (longest // 8, longest):
        once = await cost_of(size)
        if once <= _NOTHING:
            continue
        enough = _PERHAPS_FASTER * min(await least(size // 2))
        if once > enough and await cost_of(size) > enough:  # and not only in the moment of the first try
            quarter, half, whole = await least(size // 4, size // 2, size)
            if whole > max(_NOTHING, _FASTER * half) and half > _FASTER * quarter:
                return True
    return False
