"""Sessions that have ended or whose rights have changed: their access tokens are void before they expire."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from shared.kernel.clock import Clock, SystemClock

log = structlog.get_logger(__name__)

_OVERLAP = timedelta(seconds=60)
"""How far each poll looks back, since a slow commit becomes visible later than its timestamp."""


class RevokedSessions:
    """The recent revocations of the issuer, polled and cached.

    While the issuer does not answer, known ones remain valid. `fetch` returns one page for a query; `clock` is
    monotonic, in seconds, `wall_clock` returns the time. `generation` changes with every new revocation.
    """

    keep_for = 1_200.0
    """Seconds; longer than any access token lasts."""

    def __init__(
        self,
        fetch: Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Clock | None = None,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._wall_clock = wall_clock or SystemClock()
        self._learnt_at: dict[str, float] = {}
        self._newest: datetime | None = None
        self._reachable = True
        self.generation = 0

    def __contains__(self, sid: str | None) -> bool:
        return sid in self._learnt_at

    async def update(self) -> None:
        """Fetch new revocations. Never raises: only the first of several failures is logged."""
        query = {"limit": "1000"}
        if self._newest is not None:
            # A timestamp in the future is by a clock that is ahead, and would hide revocations by others.
            newest = min(self._newest, self._wall_clock.now())
            query["since"] = (newest - _OVERLAP).isoformat()
        try:
            cursor: str | None = ""
            while cursor is not None:
                page = await self._fetch({**query, "cursor": cursor} if cursor else query)
                self._take_in([(entry["sid"], datetime.fromisoformat(entry["revoked_at"])) for entry in page["items"]])
                cursor = page["next_cursor"]
        except Exception as error:  # noqa: BLE001 - whatever fails at the issuer's side: what is known holds
            if self._reachable:
                log.warning("revoked sessions cannot be asked for", error=type(error).__name__)
            self._reachable = False
        else:
            self._reachable = True

    def _take_in(self, entries: list[tuple[str, datetime]]) -> None:
        now = self._clock()
        new = {sid: now for sid, _ in entries if sid not in self._learnt_at}
        if new:
            fresh = {sid: at for sid, at in self._learnt_at.items() if now - at < self.keep_for}
            self._learnt_at = fresh | new
            self.generation += 1
        moments = [at for _, at in entries]
        self._newest = max([*moments, self._newest] if self._newest else moments, default=None)
