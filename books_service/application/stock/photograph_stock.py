"""Write down how many copies the library has at the end of each day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.kernel.clock import Clock

Stock = Mapping[tuple[str, ...], int]
"""How many copies, by branch, item type and location."""


class CountsStock(Protocol):
    """Counts copies."""

    async def at(self, moment: datetime) -> Stock:
        """Return how many there were at a moment that is not long ago."""
        ...


class KeepsLevels(Protocol):
    """Keeps what was counted."""

    async def is_written(self, day: date) -> bool:
        """Return whether there is a level of this day."""
        ...

    async def write(self, day: date, level: Stock) -> None:
        """Keep it in the place of what was written before."""
        ...


@dataclass(frozen=True, slots=True)
class PhotographStock:
    """Write down the stock of today again and again, and that of yesterday as it was when the day ended.

    Days are those of the library's zone. Yesterday is done once, before today is begun; a day on which nothing ran has
    no photograph, and a longer period then ends with the one before.
    """

    stock: CountsStock
    levels: KeepsLevels
    clock: Clock
    zone: str

    async def __call__(self) -> None:
        zone, now = ZoneInfo(self.zone), self.clock.now()
        today = now.astimezone(zone).date()
        if not await self.levels.is_written(today):
            last_moment = datetime.combine(today, time.min, zone) - datetime.resolution
            await self.levels.write(today - timedelta(days=1), await self.stock.at(last_moment))
        await self.levels.write(today, await self.stock.at(now))
