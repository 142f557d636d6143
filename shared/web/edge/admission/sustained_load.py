"""A burst is soon served; load that is sustained is more than can be done."""

import time
from collections.abc import Callable

SUSTAINED_AFTER = 0.1  # seconds


class SustainedLoad:
    """Whether load is sustained: it reached `threshold`, and has not fallen to half of that for `SUSTAINED_AFTER`.

    Call `observe` with the new load whenever it changes. `clock` counts seconds.
    """

    __slots__ = ("_clock", "_high_since", "_low", "_threshold")

    def __init__(self, threshold: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._low = threshold // 2
        self._clock = clock
        self._high_since: float | None = None

    def observe(self, load: int) -> None:
        """Record the present load."""
        if self._high_since is None:
            if load >= self._threshold:
                self._high_since = self._clock()
        elif load <= self._low:
            self._high_since = None

    @property
    def is_sustained(self) -> bool:
        return self._high_since is not None and self._clock() - self._high_since >= SUSTAINED_AFTER
