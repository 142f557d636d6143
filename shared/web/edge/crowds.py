"""A crowd of a moment is soon served; one that stays is more than can be done."""

import time
from collections.abc import Callable

STAYS = 0.1  # seconds after which a crowd is one that stays


class Crowd:
    """Says whether a crowd stays: `enough` were there, and not fewer than half of them ever since, for a while.

    Tell `counts` whenever their number changes. `clock` counts seconds.
    """

    __slots__ = ("_calm", "_clock", "_enough", "_since")

    def __init__(self, enough: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._enough = enough
        self._calm = enough // 2
        self._clock = clock
        self._since: float | None = None

    def counts(self, number: int) -> None:
        """Hear how many there are now."""
        if self._since is None:
            if number >= self._enough:
                self._since = self._clock()
        elif number <= self._calm:
            self._since = None

    @property
    def stays(self) -> bool:
        return self._since is not None and self._clock() - self._since >= STAYS
