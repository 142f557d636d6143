"""Acts of several lines, each done or refused independently of the others."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request

from shared.kernel.errors import LibraryError
from shared.kernel.receipts import Receipt
from shared.web.idempotency import IdempotentAct
from shared.web.problems import problem_of

MOST_LINES = 100

Answer = TypeVar("Answer")
Command = TypeVar("Command")


@dataclass(frozen=True, slots=True)
class Line(Generic[Command]):
    """One act. With an Idempotency-Key it is done once for its `number`, and only for this `request`."""

    number: int
    command: Command
    request: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Answer]):
    """What became of a line: its answer, or the problem."""

    answer: Answer | None
    problem: dict[str, Any] | None

    def status(self, done: int = 200) -> int:
        """Return the status that a request of its own would have been answered with."""
        status: int = done if self.problem is None else self.problem["status"]
        return status


async def each(
    lines: Iterable[Line[Command]],
    use_case: Callable[[Command, Receipt | None], Awaitable[Answer]],
    shape: type[Answer],
    *,
    once: IdempotentAct,
    request: Request,
) -> list[Outcome[Answer]]:
    """Run each line, and return its outcome. An unexpected error ends it, but keeps what was done."""
    outcomes: list[Outcome[Answer]] = []
    for line in lines:
        only_once = once.of_line(line.number, line.request)
        try:
            outcomes.append(Outcome(await only_once(shape, use_case, line.command), None))
        except LibraryError as refused:
            outcomes.append(Outcome(None, problem_of(refused, instance=request.scope["path"])))
    return outcomes
