"""What clients asked and were told while processes were killed around them, and what must be true of it afterwards."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.end_to_end.library import Copy, Library, Member, code_of


@dataclass(slots=True)
class Act:
    """One act, asked for until somebody answered for certain. `unknown` counts the tries that got no such answer."""

    act: str
    key: str
    copy: Copy
    reader: Member | None
    answer: httpx.Response | None = None
    unknown: int = 0

    @property
    def loan(self) -> dict[str, Any] | None:
        """The loan that the answer speaks of, if any."""
        if self.answer is None or not self.answer.is_success:
            return None
        body = self.answer.json()
        found: dict[str, Any] | None = body if self.act == "check out" else body["loan"]
        return found


@dataclass(slots=True)
class History:
    """Everything that was asked, in the order in which it was first asked."""

    acts: list[Act] = field(default_factory=list)

    def lent(self) -> dict[str, Act]:
        """Return the check-outs that succeeded, by the id of their loan."""
        return {act.loan["loan_id"]: act for act in self.acts if act.act == "check out" and act.loan is not None}

    def taken_back(self) -> Counter[str]:
        """Return how many different returns said that they closed this loan."""
        return Counter(act.loan["loan_id"] for act in self.acts if act.act == "return" and act.loan is not None)

    def figures(self) -> dict[str, int]:
        replayed = [act for act in self.acts if act.answer is not None and "idempotency-replayed" in act.answer.headers]
        return {
            "acts": len(self.acts),
            "lent": len(self.lent()),
            "taken back": len(self.taken_back()),
            "tries without an answer": sum(act.unknown for act in self.acts),
            "answers replayed": len(replayed),
        }


async def customer(
    library: Library,
    history: History,
    *,
    name: str,
    desk: str,
    copies: list[Copy],
    readers: list[Member],
    until: Callable[[], bool],
) -> None:
    """Lend and take back at random, but the same each time, and repeat every request until the answer is certain."""
    rng = random.Random(name)
    number = 0
    while not until():
        number += 1
        copy, reader = rng.choice(copies), rng.choice(readers)
        act = "check out" if rng.random() < 0.55 else "return"
        asked = Act(act, f"{name}-{number}-{time.monotonic_ns()}", copy, reader)
        history.acts.append(asked)
        await _insist(library, asked, desk)


async def _insist(library: Library, asked: Act, desk: str) -> None:
    while asked.answer is None:
        try:
            if asked.act == "check out":
                assert asked.reader is not None
                answer = await library.check_out(asked.copy, asked.reader, key=asked.key, desk=desk)
            else:
                answer = await library.give_back(asked.copy, key=asked.key, desk=desk)
        except httpx.TransportError:
            asked.unknown += 1
            await asyncio.sleep(0.1)
            continue
        assert answer.status_code in {200, 201, 409, 422, 503}, answer.text
        if answer.status_code == 503 or (answer.is_error and code_of(answer) == "idempotency-key-in-use"):
            asked.unknown += 1
            await asyncio.sleep(0.1)
            continue
        asked.answer = answer


def by_copy(rows: list[Any]) -> dict[str, list[Any]]:
    """Group rows of the table of loans by their copy."""
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[str(row["copy_id"])].append(row)
    return groups
