"""Requests that come by the clock, whatever is answered, and connections that are opened as they are needed.

It shares the processors with what it measures: a request costs it a task, and bytes out and in.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from tests.lab.benchmarks.client import BrokenOff, Connection
from tests.lab.benchmarks.load.answers import Answer, Answers

MOST_CONNECTIONS = 512
NO_ANSWER = "no answer"
NOT_CONNECTED = "not connected"
CUT_OFF = "cut off before the answer"
BROKEN_OFF = "broken off in the answer"
_TIMEOUT = 15.0  # seconds until a request counts as not answered
_TICK = 0.004  # seconds; each costs something, too


@dataclass(frozen=True, slots=True)
class Schedule:
    """How many requests come when: so many a second, for so many seconds, one step after the other."""

    steps: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.steps)

    def due(self, elapsed: float) -> int:
        """Return how many requests are to have come by then."""
        due = 0.0
        for rate, seconds in self.steps:
            due += rate * max(0.0, min(elapsed, seconds))
            elapsed -= seconds
        return int(due)


class Connections:
    """Connections to one service: each is used again once it is free, and opened when none is."""

    def __init__(self, url: str, *, most: int = MOST_CONNECTIONS) -> None:
        self._url = url
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(most)

    async def ask(self, request: bytes) -> str:
        """Return the status, with its code behind it where it is a refusal, or why there is no answer."""
        async with self._places:
            connection, begun = None, time.perf_counter()
            try:
                connection = await self._free()
                timer = asyncio.get_running_loop().call_later(_TIMEOUT, connection.close)
                try:
                    status, body = await connection.ask(request)
                finally:
                    timer.cancel()
            except BrokenOff:
                return BROKEN_OFF
            except OSError:
                if time.perf_counter() - begun >= _TIMEOUT:
                    return NO_ANSWER
                return NOT_CONNECTED if connection is None else CUT_OFF
            self._idle.append(connection)
        return str(status) if status < 300 else f"{status} {_code_in(body)}"

    def close(self) -> None:
        """Close those that are idle."""
        while self._idle:
            self._idle.pop().close()

    async def _free(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return await Connection.to(self._url)


def _code_in(problem: bytes) -> str:
    """Return the code of a problem, without reading all of it."""
    return problem.partition(b'"code":"')[2].partition(b'"')[0].decode()


Ask = Callable[[int], Awaitable[str]]
"""Sends the request with this number, and returns what was answered."""


async def by_the_clock(schedule: Schedule, ask: Ask) -> Answers:
    """Send requests as the schedule says, and wait until all have ended."""
    began, sent = time.perf_counter(), 0
    given: list[Answer] = []
    under_way: set[asyncio.Task[None]] = set()

    async def one(number: int) -> None:
        asked = time.perf_counter()
        told = await ask(number)
        given.append(Answer(asked - began, time.perf_counter() - asked, told))

    elapsed = 0.0
    while elapsed < schedule.seconds:
        await asyncio.sleep(_TICK)
        elapsed = time.perf_counter() - began
        for number in range(sent, schedule.due(elapsed)):
            task = asyncio.create_task(one(number))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        sent = schedule.due(elapsed)
    await asyncio.gather(*under_way)
    return Answers(given, schedule.seconds)


async def by_desks(desks: int, *, seconds: float, ask: Ask) -> Answers:
    """Let so many desks send one request after the other, each as soon as the one before is answered."""
    began = time.perf_counter()
    given: list[Answer] = []

    async def desk(number: int) -> None:
        for turn in count():
            asked = time.perf_counter()
            if asked - began >= seconds:
                return
            told = await ask(number + turn * desks)
            given.append(Answer(asked - began, time.perf_counter() - asked, told))

    await asyncio.gather(*(desk(number) for number in range(desks)))
    return Answers(given, seconds)
