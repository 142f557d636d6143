"""How large a made-up library is, and what everything in it is drawn from."""

import math
import random
from dataclasses import dataclass
from datetime import date

_FLAT = 300  # so many of the best known are about equally well known


@dataclass(frozen=True, slots=True)
class RehearsedLibrary:
    """A library of these sizes on the evening of `on`, the same each time for the same `seed`."""

    on: date
    books: int = 50_000
    copies: int = 150_000
    members: int = 20_000
    loans: int = 8_000
    holds: int = 1_500
    fines: int = 2_000
    branches: int = 12
    pins: float = 0.0
    seed: str = "library"

    def rng(self, *of: object) -> random.Random:
        """Return the random numbers of one thing, whatever was drawn for others."""
        return random.Random(f"{self.seed} {of}")  # noqa: S311 - nothing here is a secret


def drawn_by_fame(rng: random.Random, count: int) -> int:
    """Draw one of so many, of which number n is drawn about 1/n as often as the first (Zipf)."""
    return min(count - 1, int(_FLAT * ((count + _FLAT) / _FLAT) ** rng.random() - _FLAT))


def shared_by_fame(total: int, count: int, before: int) -> int:
    """Return how much of `total` goes to the first `before` of `count`, when it is shared as `drawn_by_fame` draws."""
    return round(total * math.log((before + _FLAT) / _FLAT) / math.log((count + _FLAT) / _FLAT))
