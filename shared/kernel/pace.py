"""Long work in an event loop, done in short pieces so that other requests are answered in between."""

import asyncio
from time import perf_counter

MOMENT = 0.01
"""Seconds of work between two pauses."""


class Pace:
    """Yields to the other tasks of the process whenever they have not run for a moment.

    Await it after each small piece of work. It goes by time and not by number, since pieces differ in cost.
    """

    def __init__(self, moment: float = MOMENT) -> None:
        self._moment = moment
        self._began = perf_counter()

    async def __call__(self) -> None:
        """Pause if it is time to."""
        if perf_counter() - self._began >= self._moment:
            await asyncio.sleep(0)
            self._began = perf_counter()
