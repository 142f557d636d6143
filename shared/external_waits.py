"""Time in which a request waits for something outside the process: a neighbour, or a client that reads slowly.

Such a request uses nothing here, and must not count as load: a slow neighbour would else look like overload.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import Self

LONG_WAIT = 0.15  # seconds; shorter waits are part of every request, and are not reported


class ExternalWaits:
    """Calls `on_change` with 1 when the work inside the block has long waited externally, with -1 when it goes on.

    Of several waits at once the first and the last count. What still waits when the block ends is not reported.
    """

    __slots__ = ("_count", "_is_reported", "_on_change", "_timer", "_token")

    def __init__(self, on_change: Callable[[int], None]) -> None:
        self._on_change: Callable[[int], None] | None = on_change
        self._count = 0
        self._is_reported = False
        self._timer: asyncio.TimerHandle | None = None
        self._token: Token[ExternalWaits | None]

    def __enter__(self) -> Self:
        self._token = _observer.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _observer.reset(self._token)
        self._end_report()
        self._on_change = None

    def begin(self) -> None:
        """Count one more wait."""
        self._count += 1
        if self._count == 1:
            self._timer = asyncio.get_running_loop().call_later(LONG_WAIT, self._report)

    def end(self) -> None:
        """Count one wait less."""
        self._count -= 1
        if not self._count:
            self._end_report()

    def _report(self) -> None:
        if self._on_change is not None:
            self._is_reported = True
            self._on_change(1)

    def _end_report(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._is_reported and self._on_change is not None:
            self._is_reported = False
            self._on_change(-1)


class _ExternalWait:
    """The block inside of which the current work waits for something outside the process."""

    __slots__ = ("_observer",)

    def __enter__(self) -> None:
        self._observer = _observer.get()
        if self._observer is not None:
            self._observer.begin()

    def __exit__(self, *_: object) -> None:
        if self._observer is not None:
            self._observer.end()


def external_wait() -> _ExternalWait:
    """Return the context manager of a wait: the current work, if it is observed, waits externally inside the block."""
    return _ExternalWait()


_observer: ContextVar[ExternalWaits | None] = ContextVar("external_waits", default=None)
