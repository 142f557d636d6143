"""Batching of questions to a neighbour: those that arrive while a request is in flight go with the next one."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Generic, TypeVar

from shared import context
from shared.external_waits import LONG_WAIT, external_wait
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.client import TOO_LATE, seconds_left

MOST_TOGETHER = 100
OVERDUE = 0.05  # seconds after which the next request no longer waits for the one before
PAUSE = 0.001
"""Seconds that the next request waits for company, for each that a question had in the one before."""
MOST_PAUSES = 5
MOST_WAITING = 32
"""How many may wait for a slow neighbour at once: fewer than a process has slots, which others need meanwhile."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")

AskTogether = Callable[[Sequence[Question]], Awaitable[Sequence[Answer | Exception]]]
"""Sends several questions in one request. Returns for each, in order, an answer or the refusal to be raised."""


@dataclass(slots=True, eq=False)
class _Pending(Generic[Question, Answer]):
    """A question whose caller waits for the answer."""

    question: Question
    answer: asyncio.Future[Answer]
    asker: context.RequestContext | None = field(default_factory=context.current)


class Gathered(Generic[Question, Answer]):
    """Batches questions to a neighbour, and delays hardly any.

    A question goes at once, by itself, when no request is in flight. Those that arrive meanwhile wait, and go together
    (at most `MOST_TOGETHER`) when it returns, or when it is overdue, so that a hanging request delays no others. When
    it was for several, the next one waits a moment longer, for fewer requests cost less; who asks alone never waits.

    Each caller gets an answer or a refusal of its own, and waits no longer than its own deadline. The request has the
    latest deadline of its callers. When it fails, it fails for all of them, and counts once for the breaker, the budget
    of retries and the metrics of the client.

    While `MOST_WAITING` have waited long, a further one is refused: each of them holds a slot that others could use.
    """

    def __init__(self, ask_together: AskTogether[Question, Answer], *, neighbour: str) -> None:
        self._ask_together = ask_together
        self._neighbour = neighbour
        self._waiting: deque[_Pending[Question, Answer]] = deque()
        self._awaited: asyncio.Task[None] | None = None  # the request whose return lets the waiting questions go
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._waits_since: dict[asyncio.Future[Answer], float] = {}  # in order, the longest wait first

    async def __call__(self, question: Question) -> Answer:
        """Return the answer. Raises its refusal, or NeighbourUnavailable when there is no answer in time."""
        pending = _Pending[Question, Answer](question, asyncio.get_running_loop().create_future())
        seconds = seconds_left(pending.asker)
        if seconds < TOO_LATE:
            raise self._unavailable("would answer too late")
        now = asyncio.get_running_loop().time()
        if seconds < math.inf and self._is_full(now):
            raise self._unavailable("has too many questions of ours in hand")
        self._waits_since[pending.answer] = now
        pending.answer.add_done_callback(self._waits_since.pop)
        self._waiting.append(pending)
        if self._awaited is None:
            self._send()
        if seconds == math.inf:
            with external_wait():
                return await pending.answer
        try:
            with external_wait():
                async with asyncio.timeout(seconds):
                    return await pending.answer
        except TimeoutError as error:
            raise self._unavailable("does not answer in time") from error

    def _is_full(self, now: float) -> bool:
        """Whether so many have waited for so long already that one more would only wait with them."""
        last = next(islice(self._waits_since.values(), MOST_WAITING - 1, None), None)
        return last is not None and now - last > LONG_WAIT

    def _send(self) -> None:
        """Send the waiting questions that have not been abandoned."""
        leaving: list[_Pending[Question, Answer]] = []
        while self._waiting and len(leaving) < MOST_TOGETHER:
            pending = self._waiting.popleft()
            if not pending.answer.done():
                leaving.append(pending)
        if leaving:
            self._awaited = asyncio.create_task(self._travel(leaving))
            self._on_their_way.add(self._awaited)

    async def _travel(self, together: Sequence[_Pending[Question, Answer]]) -> None:
        here = asyncio.current_task()
        overdue = asyncio.get_running_loop().call_later(OVERDUE, self._let_next_go, here)
        try:
            with context.working_on(_for_all(together)):
                answers = await self._ask_together([each.question for each in together])
            for pending, answer in zip(together, answers, strict=True):
                if not pending.answer.done():
                    _answer(pending.answer, answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers must get it
            for pending in together:
                if not pending.answer.done():
                    pending.answer.set_exception(error)
        finally:
            for pending in together:
                pending.answer.cancel()  # those without an answer, because the process ends
            overdue.cancel()
            self._on_their_way.discard(here)
            self._let_next_go(here, PAUSE * min(len(together) - 1, MOST_PAUSES))

    def _let_next_go(self, request: asyncio.Task[None] | None, pause: float = 0.0) -> None:
        if self._awaited is not request:
            return
        if pause:
            asyncio.get_running_loop().call_later(pause, self._let_next_go, request)
        else:
            self._awaited = None
            self._send()

    def _unavailable(self, reason: str) -> NeighbourUnavailable:
        return NeighbourUnavailable(
            f"The {self._neighbour} service {reason}. Nothing was changed; repeat the request in a moment.",
            neighbour=self._neighbour,
        )


def _answer(waited_for: asyncio.Future[Answer], answer: Answer | Exception) -> None:
    if isinstance(answer, Exception):
        waited_for.set_exception(answer)
    else:
        waited_for.set_result(answer)


def _for_all(together: Sequence[_Pending[Question, Answer]]) -> context.RequestContext:
    """Return the context of one request for all: the ids of the first who asked, the latest deadline of all."""
    first = together[0].asker or context.new_context()
    deadlines = [None if each.asker is None else each.asker.deadline for each in together]
    longest = None if None in deadlines else max(each for each in deadlines if each is not None)
    return replace(first, deadline=longest)
