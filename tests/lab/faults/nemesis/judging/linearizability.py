"""Whether a history of overlapping acts on one thing could have come from one act after the other.

The method of Wing and Gong, with Lowe's memory of what was tried before, as Knossos and Porcupine have it: look for an
order of the acts that keeps to the clock (what ended before another began comes first) and that the thing, one act
after the other, would have answered as it did.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

NEVER = math.inf
"""The end of an act whose answer nobody got: it may have been carried out at any time after it began."""

Step = Callable[[Hashable], Hashable | None]


@dataclass(frozen=True, slots=True)
class Op:
    """One act. `step` returns the state after it, or None where a thing in that state would have answered otherwise."""

    begun: float
    ended: float
    step: Step
    name: str = ""


class Undecided(Exception):
    """There are too many orders to try."""


def first_misfit(ops: Sequence[Op], start: Hashable, *, most: int = 400_000) -> Op | None:
    """Return None if there is such an order, else the first act that fits into none. Raises Undecided."""
    todo = sorted(ops, key=lambda op: op.begun)
    everything = (1 << len(todo)) - 1
    seen: set[tuple[int, Hashable]] = set()
    stack: list[tuple[int, Hashable]] = [(0, start)]
    furthest = 0
    while stack:
        done, state = stack.pop()
        if done == everything:
            return None
        if (done, state) in seen:
            continue
        seen.add((done, state))
        if len(seen) > most:
            raise Undecided
        furthest = max(furthest, _first_open(done))
        for number in reversed(_candidates(todo, done)):
            after = todo[number].step(state)
            if after is not None:
                stack.append((done | 1 << number, after))
    return todo[furthest]


def _candidates(todo: Sequence[Op], done: int) -> list[int]:
    """Return the acts that may come next: those that began before the first of the rest had ended."""
    found: list[int] = []
    first_end = NEVER
    for number in range(_first_open(done), len(todo)):
        if done >> number & 1:
            continue
        if todo[number].begun > first_end:
            break
        found.append(number)
        first_end = min(first_end, todo[number].ended)
    return [number for number in found if todo[number].begun <= first_end]


def _first_open(done: int) -> int:
    """Return the number of the first act that is not done."""
    return (~done & (done + 1)).bit_length() - 1
