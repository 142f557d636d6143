"""Time is handed in, never fetched: code that decides by time takes a Clock."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Returns the present time, timezone-aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)
