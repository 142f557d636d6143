"""Which sessions were ended, or may do other things now: their access tokens are void before they expire."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from shared.kernel.clock import Clock, SystemClock

log = structlog.get_logger(__name__)

_OVERLAP = timedelta(seconds=60)
"""How far each question looks back: what took long to commit shows up later than its time says."""


class RevokedSessions:
    """What the issuer of the tokens has revoked lately, asked for now and then and kept.

    While the issuer does not answer, what is known holds. `fetch` returns one page for a query; `clock` is monotonic,
    in seconds, `wall_clock` tells the time. `generation` changes whenever there is something new.
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
        """Ask for what is new. Never raises: a failure is logged when it is the first, and the next time comes."""
        query = {"limit": "1000"}
        if self._newest is not None:
            # A time that lies ahead was written by a clock that ran ahead: what others revoke would hide behind it.
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
