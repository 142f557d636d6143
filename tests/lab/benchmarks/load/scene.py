"""The running library under load, and who works in it."""

import asyncio
from dataclasses import dataclass

from tests.end_to_end.processes import Process
from tests.lab.benchmarks import stock
from tests.lab.benchmarks.contestants import SECRET, Contestant
from tests.lab.benchmarks.load.arrivals import Connections
from tests.lab.benchmarks.load.circulation import Circulation


@dataclass(slots=True)
class Scene:
    """`capacity` is how many acts a second it was measured to do; `reader` a token that may read loans and members."""

    library: Contestant
    circulation: Circulation
    loans: Connections
    reader: str
    capacity: float = 0.0

    @classmethod
    async def of(cls, library: Contestant) -> "Scene":
        """Set it."""
        reader = await stock.token(library.urls["members"], "machine", SECRET)
        return cls(library, Circulation(library), Connections(library.urls["loans"]), reader)

    async def act(self, number: int) -> str:
        """Lend or take back, in the name of one kiosk after the other."""
        tokens = self.library.tokens
        return await self.circulation.act(self.loans, tokens[number % len(tokens)])

    async def act_of_one(self, _: int) -> str:
        """Lend or take back, always in the name of the same kiosk."""
        return await self.circulation.act(self.loans, self.library.token)

    async def lend(self, number: int) -> str:
        """Lend, in the name of one kiosk after the other."""
        tokens = self.library.tokens
        return await self.circulation.lend(self.loans, tokens[number % len(tokens)])

    async def take_back(self, number: int) -> str:
        """Take a copy back, in the name of one kiosk after the other."""
        tokens = self.library.tokens
        return await self.circulation.take_back(self.loans, tokens[number % len(tokens)])

    def process(self, name: str) -> Process:
        """Return what serves this service."""
        return self.library.processes[f"{name} serve"]

    async def begin_anew(self, name: str, **environment: str) -> int:
        """End what serves this service in good order, start it with a changed environment; return its exit code."""
        process = self.process(name)
        code = await asyncio.to_thread(process.end)
        process.environment |= environment
        await asyncio.to_thread(process.start)
        return code
