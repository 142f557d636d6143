"""Who does all this: what it works on, and chance."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.lab.faults.nemesis.besieged.library import PROCESSES, BesiegedLibrary
from tests.lab.faults.nemesis.besieged.proxies import FaultyLine, Weather

SERVICES = ("books", "members", "loans")


class Nemesis:
    """One nemesis, for one library; `burst` sends many requests at once."""

    def __init__(self, library: BesiegedLibrary, rng: random.Random, burst: Callable[[], Awaitable[None]]) -> None:
        self.library = library
        self.rng = rng
        self.burst = burst
        self.broker = asyncio.Lock()  # one thing at a time is done to it
        self.database = asyncio.Lock()

    def line(self, *targets: str) -> FaultyLine:
        """Return some line to one of these."""
        lines = [line for (_, target), line in self.library.lines.items() if not targets or target in targets]
        return self.rng.choice(lines)

    def process(self, *names: str) -> str:
        """Return the name of a process that runs."""
        running = [name for name in names or PROCESSES if self.library.processes[name].runs]
        return self.rng.choice(running or list(PROCESSES))

    async def bad_weather(self, line: FaultyLine, weather: Weather, least: float, most: float) -> None:
        """Let it last for a while on one line."""
        line.change(weather)
        await asyncio.sleep(self.rng.uniform(least, most))
        line.change(Weather())
