"""The time zones of machines: those of their branches in the catalogue."""

import asyncio
import time
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import quote
from zoneinfo import ZoneInfo

from loans_service.sip2.library import LibraryClient, RequestRefused, Unanswered

_LASTS = 300.0
"""Seconds until a zone is looked up again."""

_AGAIN_AFTER = 10.0  # seconds, after a failed lookup
_LONGEST = 0.9  # seconds; an answer must not wait for this


@dataclass(frozen=True, slots=True)
class _CachedZone:
    zone: tzinfo
    until: float


class Zones:
    """The zones of branches, cached. If a lookup fails, the last known zone counts, or else `usual`."""

    def __init__(self, usual: tzinfo) -> None:
        self._usual = usual
        self._cache: dict[str, _CachedZone] = {}

    async def of(self, branch: str, library: LibraryClient) -> tzinfo:
        """Return the zone of a branch."""
        cached = self._cache.get(branch)
        if cached is None or time.monotonic() >= cached.until:
            found = await _look_up(branch, library)
            last = self._usual if cached is None else cached.zone
            cached = _CachedZone(found or last, time.monotonic() + (_AGAIN_AFTER if found is None else _LASTS))
            self._cache[branch] = cached
        return cached.zone


async def _look_up(branch: str, library: LibraryClient) -> tzinfo | None:
    try:
        async with asyncio.timeout(_LONGEST):
            found = await library.get("books", f"branches/{quote(branch, safe='')}")
        return ZoneInfo(str(found["timezone"]))
    except (RequestRefused, Unanswered, TimeoutError, KeyError, ValueError):  # the last two: an unknown zone
        return None
