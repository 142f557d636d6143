"""The day that it is in the library."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Today:
    """Tells the day in the library's time zone."""

    clock: Clock
    zone: str

    def __call__(self) -> date:
        return self.clock.now().astimezone(ZoneInfo(self.zone)).date()
