"""A neighbour that fails must not be asked more for it, and one that is slow must cost nobody else anything."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httptools

from tests.end_to_end.line import Line
from tests.lab.benchmarks.client import request
from tests.lab.benchmarks.load.answers import Answers
from tests.lab.benchmarks.load.arrivals import Ask, Connections, Schedule, by_the_clock
from tests.lab.benchmarks.load.scene import Scene
from tests.lab.benchmarks.report import judged
from tests.ports import HOST

MOST_AMPLIFICATION = 1.1
"""Requests that a failing neighbour sees, for each question that somebody has."""

MOST_ASKED_LATER = 0.1
"""The same, once it has been failing for a few seconds."""

MOST_TIMES = 1.5
"""How many times as long what does not need the slow neighbour may take at most, p99."""

LATE = (0.3, 4.0)
"""Seconds by which a slow neighbour answers late: once within, once beyond what anybody waits for it."""

_LATER = 3.0  # seconds
_SHARE = 8  # of the capacity, for each kind of request beside a slow neighbour
_REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class StandIn:
    """Stands where a service was, answers everything with 503, and notes when it was asked."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[float] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(lambda: _Refusing(self.asked), HOST, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()


class _Refusing(asyncio.Protocol):
    """One connection. The parser calls `on_message_complete`."""

    def __init__(self, asked: list[float]) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._asked = asked

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._asked.append(time.perf_counter())
        self._transport.write(_REFUSED)


@dataclass(frozen=True, slots=True)
class Failing:
    """What was answered while books failed, how often it was asked, in all and later than the first seconds."""

    answers: Answers
    seen: int
    seen_later: int

    @property
    def amplification(self) -> float:
        return self.seen / max(1, len(self.answers.given))

    @property
    def amplification_later(self) -> float:
        later = self.answers.between(_LATER, self.answers.seconds)
        return self.seen_later / max(1, len(later.given))

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        all_of_it, later = self.amplification, self.amplification_later
        refused = self.answers.milliseconds(99, refusals=True)
        seen = (
            f"While books fails it sees {all_of_it:.2f} requests for each question (aim: {MOST_AMPLIFICATION}), "
            f"and {later:.3f} after {_LATER:.0f} s (aim: {MOST_ASKED_LATER}); "
            f"{judged(all_of_it <= MOST_AMPLIFICATION and later <= MOST_ASKED_LATER)}."
        )
        return [seen, f"Check-outs are told so in {refused:.0f} ms (p99): {dict(self.answers.told)}."]

    def as_json(self) -> dict[str, Any]:
        return {
            "seen by books": self.seen,
            "for each question": self.amplification,
            "for each question, later": self.amplification_later,
            **self.answers.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Slow:
    """By how late books answered: what was answered to each kind of request. The first one is 0."""

    by_lateness: Mapping[float, Mapping[str, Answers]]

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        return [self._verdict(late) for late in self.by_lateness if late]

    def _verdict(self, late: float) -> str:
        promptly, slowly = self.by_lateness[0.0], self.by_lateness[late]
        others = [name for name in slowly if name != "check-outs"]
        times = {name: slowly[name].milliseconds(99) / promptly[name].milliseconds(99) for name in others}
        all_done = all(answer.is_done for name in others for answer in slowly[name].given)
        told = ", ".join(
            f"{name} {promptly[name].milliseconds(99):.0f} → {slowly[name].milliseconds(99):.0f}" for name in others
        )
        return (
            f"While books answers {late:g} s late, check-outs get {dict(slowly['check-outs'].told)}; p99 in ms of "
            f"{told} (aim: {MOST_TIMES} times, all served); {judged(all_done and max(times.values()) <= MOST_TIMES)}."
        )

    def as_json(self) -> dict[str, Any]:
        return {
            f"{late:g} s late": {name: answers.as_json() for name, answers in kinds.items()}
            for late, kinds in self.by_lateness.items()
        }


async def beside_a_failing_neighbour(scene: Scene, port: int, *, seconds: float) -> Failing:
    """Let desks ask for check-outs at half the capacity while a stand-in at `port` says 503 for books."""
    books = scene.process("books")
    await asyncio.to_thread(books.end)
    try:
        async with StandIn(port) as stand_in:
            began = time.perf_counter()
            answers = await by_the_clock(Schedule(((scene.capacity / 2, seconds),)), scene.lend)
            later = sum(moment - began >= _LATER for moment in stand_in.asked)
    finally:
        await asyncio.to_thread(books.start)
    return Failing(answers, len(stand_in.asked), later)


async def beside_a_slow_neighbour(scene: Scene, port: int, *, seconds: float) -> Slow:
    """Let everybody work at once, first with books as it is, then with one that answers late.

    Loans is started anew for it, with a line to books at `port` that can be slowed down, and is left so.
    """
    rate = scene.capacity / _SHARE
    members = Connections(scene.library.urls["members"])
    schedule = Schedule(((rate, seconds),))
    kinds: dict[str, Ask] = {
        "check-outs": scene.lend,
        "returns": scene.take_back,
        "reading loans": _reading(scene.loans, "/v1/loans?limit=5", scene.reader),
        "reading members": _reading(members, "/v1/members?limit=5", scene.reader),
    }
    found: dict[float, dict[str, Answers]] = {}
    async with Line(port) as line:
        await scene.begin_anew("loans", LOANS_BOOKS_URL=f"http://{HOST}:{line.port}")
        for late in (0.0, *LATE):
            line.late = 0.0
            await by_the_clock(Schedule(((rate, 2 + seconds / 2),)), scene.lend)  # something to bring back, a warm-up
            line.late = late
            answers = await asyncio.gather(*(by_the_clock(schedule, ask) for ask in kinds.values()))
            found[late] = dict(zip(kinds, answers, strict=True))
        members.close()
        await scene.begin_anew("loans", LOANS_BOOKS_URL=scene.library.urls["books"])
    return Slow(found)


def _reading(connections: Connections, path: str, token: str) -> Ask:
    asked = request("GET", path, token=token)

    async def ask(_: int) -> str:
        return await connections.ask(asked)

    return ask
