"""Long work in an event loop, done in short pieces: whoever waits for an answer gets it in between."""

import asyncio
from time import perf_counter

MOMENT = 0.01
"""Seconds of work between two pauses."""


class Pace:
    """Lets the other tasks of the process run whenever a moment has passed since they last could.

    Await it behind each small piece of work: by time and not by number, since pieces differ in what they cost.
    """

    def __init__(self, moment: float = MOMENT) -> None:
        self._moment = moment
        self._began = perf_counter()

    async def __call__(self) -> None:
        """Pause if it is time to."""
        if perf_counter() - self._began >= self._moment:
            await asyncio.sleep(0)
            self._began = perf_counter()
