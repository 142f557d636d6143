"""A clock that runs faster than that of the machine, the same in every process of a play.

Leases, pauses and windows are minutes; a play has no time for them. Nothing of the library is changed: it only reads
another clock. What the operating system counts, such as the patience with a mail server, runs as ever.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from shared.kernel.clock import SystemClock

SWITCH = "PLAY_CLOCK"


@dataclass(frozen=True, slots=True)
class FastClock:
    """Implements `Clock`: it showed `then` at the second `began` of the machine, and is `speed` times as fast."""

    then: datetime
    began: float
    speed: float

    @classmethod
    def begin(cls, speed: float) -> Self:
        """Begin shortly after tomorrow's midnight, so that a play does not see another one."""
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        return cls(datetime(tomorrow.year, tomorrow.month, tomorrow.day, 0, 10, tzinfo=UTC), time.time(), speed)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the clock that `written` wrote."""
        then, began, speed = text.split("|")
        return cls(datetime.fromisoformat(then), float(began), float(speed))

    @property
    def written(self) -> str:
        """This clock, for another process."""
        return f"{self.then.isoformat()}|{self.began}|{self.speed}"

    def now(self) -> datetime:
        return self.at(time.time())

    def at(self, second: float) -> datetime:
        """Return what it shows at a second of the machine."""
        return self.then + timedelta(seconds=(second - self.began) * self.speed)

    def rule(self) -> None:
        """Let the library in this process read it."""

        def now(_: SystemClock) -> datetime:
            return self.now()

        SystemClock.now = now  # type: ignore[method-assign,assignment]  # on purpose
