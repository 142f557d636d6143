"""Copies that are lent and come back, by requests that may be refused or get no answer."""

import itertools
from collections import deque
from dataclasses import dataclass

import asyncpg

from shared.kernel.ids import new_id
from tests.lab.benchmarks.client import request
from tests.lab.benchmarks.contestants import Contestant
from tests.lab.benchmarks.load.arrivals import Connections

LENT, BACK = "201", "200"
_TIMES_AGAIN = 20
_KEPT = "SELECT count(*), count(*) FILTER (WHERE returned_at IS NULL) FROM loans"


@dataclass(frozen=True, slots=True)
class Act:
    """A check-out or a return: of which copy, by whom, the request, and what says that it was done."""

    copy: tuple[str, str]
    request: bytes
    done: str


class Circulation:
    """Knows which copies are out, and what was told of each. Acts that got no answer are asked again by `settle`."""

    def __init__(self, library: Contestant) -> None:
        self.check_outs = self.returns = 0
        self._database = library.databases["loans"]
        self._available = deque(library.stock)
        self._lent: deque[tuple[str, str]] = deque()
        self._open: list[Act] = []
        self._lends = itertools.cycle((True, False))

    async def act(self, connections: Connections, token: str) -> str:
        """Lend a copy or take one back, in turns; return what was answered."""
        lends = next(self._lends)
        if not (self._available if lends else self._lent):
            lends = not lends
        return await (self.lend(connections, token) if lends else self.take_back(connections, token))

    async def lend(self, connections: Connections, token: str) -> str:
        """Ask for one check-out. Raises IndexError when no copy is left."""
        barcode, card = copy = self._available.popleft()
        form = {"copy_barcode": barcode, "card_number": card}
        asked = request("POST", "/v1/loans", token=token, body=form, key=str(new_id()))
        return self._note(Act(copy, asked, LENT), await connections.ask(asked))

    async def take_back(self, connections: Connections, token: str) -> str:
        """Ask for one return. Raises IndexError when no copy is out."""
        copy = self._lent.popleft()
        asked = request("POST", "/v1/returns", token=token, body={"copy_barcode": copy[0]}, key=str(new_id()))
        return self._note(Act(copy, asked, BACK), await connections.ask(asked))

    async def settle(self, connections: Connections) -> int:
        """Repeat what got no answer, with its own Idempotency-Key, until it does; return how many that were.

        Raises RuntimeError when the library does not answer at all.
        """
        unsettled, self._open = self._open, []
        for act in unsettled:
            for _ in range(_TIMES_AGAIN):
                if self._note(act, await connections.ask(act.request))[:3].isdigit():
                    break
                self._open.clear()
            else:
                raise RuntimeError(f"no answer about {act.copy[0]}, however often it was asked for")
        return len(unsettled)

    async def faults(self) -> list[str]:
        """Return in words where the records differ from what was told."""
        database = await asyncpg.connect(self._database)
        try:
            loans, out = (await database.fetch(_KEPT))[0]
        finally:
            await database.close()
        pairs = {"loans": (loans, self.check_outs), "copies out": (out, self.check_outs - self.returns)}
        return [f"{there} {what} instead of {told}" for what, (there, told) in pairs.items() if there != told]

    def _note(self, act: Act, told: str) -> str:
        if told == LENT == act.done:
            self.check_outs += 1
            self._lent.append(act.copy)
        elif told == BACK == act.done:
            self.returns += 1
            self._available.append(act.copy)
        elif told[:3].isdigit():
            (self._available if act.done == LENT else self._lent).append(act.copy)
        else:
            self._open.append(act)
        return told
