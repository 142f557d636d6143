"""The time zones of the branches, by which it is told on which day something was done."""

import math
import time
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from books_service.persistence.tables import branches
from shared.persistence.statements import Runs

_STAY = 60.0  # seconds


class BranchZones:
    """The zones of the branches, read once a minute at most; one per process. `zone` is that of the library."""

    def __init__(self, zone: str) -> None:
        self._library = ZoneInfo(zone)
        self._zones: Mapping[str, ZoneInfo] = {}
        self._read_at = -math.inf

    async def day(self, branch: str | None, at: datetime, run: Runs) -> date:
        """Return the day that it is in a branch, or in the library.

        Zones are read by `run`, on the connection of who asks: a second one, while the first is held, might never come.
        """
        if branch is None:
            return at.astimezone(self._library).date()
        if branch not in self._zones or time.monotonic() - self._read_at > _STAY:
            rows = await run(select(branches.c.code, branches.c.timezone))
            self._zones, self._read_at = {row.code: ZoneInfo(row.timezone) for row in rows}, time.monotonic()
        return at.astimezone(self._zones.get(branch, self._library)).date()
