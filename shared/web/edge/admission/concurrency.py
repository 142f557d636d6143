"""The concurrency limiter: how many requests a process works on at once, with a fair share for each caller.

A request holds a slot from when its caller is known and its body has arrived until its answer is written. Under
sustained load the limit is lower, so that the requests that are admitted take about as long as ever.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from shared.web.edge.admission.rate_limit_headers import concurrency, no_concurrency_left
from shared.web.edge.admission.sustained_load import SustainedLoad
from shared.web.edge.cors import Headers
from shared.web.problems import Problem

_RETRY = {"retry-after": "1"}


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """How many slots there are, and how many of them a caller may hold.

    `reserved_for_services` of the `total` are for the library's own services. Callers without a valid token hold at
    most `anonymous` together, and `per_address` from one network address. With a token, an account or client holds
    `per_account`, and `queue_per_account` more of its requests wait for those.

    These limits suit a burst. Under sustained load more concurrency only makes every answer later: callers are then
    admitted only while fewer than `sustained` requests are in flight, not counting external waits, and at most
    `sustained_queue` of an account wait.
    """

    total: int = 64
    reserved_for_services: int = 8
    anonymous: int = 32
    per_address: int = 8
    per_account: int = 16
    queue_per_account: int = 48
    sustained: int = 18
    sustained_queue: int = 8


class RequestShed(Problem):
    """The request is not admitted, for want of a slot."""


class CallerKey(NamedTuple):
    """Whose share a request counts against: `name` is an account or client, or without a token a network address."""

    is_service: bool
    is_authenticated: bool
    name: str


class _FairShare:
    """The slots of one caller, at most `limit`, and the requests that wait for one of them."""

    __slots__ = ("in_flight", "limit", "load", "queue")

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit = limit
        self.in_flight = 0
        self.queue: deque[asyncio.Future[None]] = deque()
        self.load = SustainedLoad(limit, clock=clock)


class ConcurrencyLimiter:
    """Hands out the slots of one process. `clock` counts seconds."""

    def __init__(self, limits: ConcurrencyLimits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._shares: dict[CallerKey, _FairShare] = {}
        self._of_services = 0
        self._anonymous = 0
        self._waiting_externally = 0
        self._load = SustainedLoad(limits.sustained, clock=clock)
        self.in_flight = 0

    async def acquire(self, caller: CallerKey, *, seconds: float) -> None:
        """Acquire a slot, waiting up to `seconds` for one of an account's own when its share is used up.

        Raises RequestShed: 429 when the caller's share is used up, 503 when the process has no slot to give.
        """
        share = self._admissible(caller)
        if share.in_flight >= share.limit:
            await self._wait(caller, share, seconds)
            return
        self._shares[caller] = share
        share.in_flight += 1
        share.load.observe(share.in_flight)
        self._count(caller, 1)

    def check(self, caller: CallerKey) -> None:
        """Raise the RequestShed that `acquire` would raise at once, before the body is read."""
        self._admissible(caller)

    def release(self, caller: CallerKey) -> None:
        """Release a slot: to the caller's next request in the queue, if one waits."""
        share = self._shares[caller]
        for waiter in share.queue:
            if not waiter.done():
                waiter.set_result(None)
                return
        share.in_flight -= 1
        share.load.observe(share.in_flight)
        if not share.in_flight:
            del self._shares[caller]
        self._count(caller, -1)

    def count_external_wait(self, caller: CallerKey, change: int) -> None:
        """Count a request with a slot that begins (1) or ends (-1) to wait for a neighbour or a slow reader."""
        if not caller.is_service:
            self._waiting_externally += change
            self._load.observe(self._running)

    def headers(self, caller: CallerKey) -> Headers:
        """Return the rate limit headers of an answer, whose own slot is as good as free; none for own services."""
        share = self._shares.get(caller)
        if share is None or caller.is_service:
            return []
        return concurrency(share.limit, share.limit - share.in_flight + 1)

    @property
    def _running(self) -> int:
        """How many requests of others than own services are in flight and do not wait externally."""
        return self.in_flight - self._of_services - self._waiting_externally

    def _admissible(self, caller: CallerKey) -> _FairShare:
        """Return the caller's share. Raises RequestShed when the share, its queue or the process is full."""
        limits = self._limits
        share = self._shares.get(caller)
        if share is None:
            share = _FairShare(_limit_of(caller, limits), self._clock)
        if share.in_flight >= share.limit and not caller.is_service:
            if len(share.queue) >= self._queue_limit(caller, share):
                raise _share_used_up(caller, share.in_flight)
            return share
        if not caller.is_service:
            is_full = self.in_flight - self._of_services >= limits.total - limits.reserved_for_services
            if is_full or (not caller.is_authenticated and self._anonymous >= limits.anonymous):
                raise _overloaded()
            if self._running >= limits.sustained and self._load.is_sustained:
                raise _overloaded()
        if self.in_flight >= limits.total:
            raise _overloaded()
        return share

    def _queue_limit(self, caller: CallerKey, share: _FairShare) -> int:
        if not caller.is_authenticated:
            return 0
        return self._limits.sustained_queue if share.load.is_sustained else self._limits.queue_per_account

    async def _wait(self, caller: CallerKey, share: _FairShare, seconds: float) -> None:
        """Wait until another request of the same caller releases its slot to this one."""
        waiter = asyncio.get_running_loop().create_future()
        share.queue.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled():  # the slot came at the same moment: it goes to the next
                waiter.cancel()
                share.queue.remove(waiter)
                self.release(caller)
            if isinstance(error, TimeoutError):
                raise _share_used_up(caller, share.in_flight) from None
            raise
        finally:
            if waiter in share.queue:
                share.queue.remove(waiter)

    def _count(self, caller: CallerKey, change: int) -> None:
        self.in_flight += change
        if caller.is_service:
            self._of_services += change
        else:
            if not caller.is_authenticated:
                self._anonymous += change
            self._load.observe(self._running)


def _limit_of(caller: CallerKey, limits: ConcurrencyLimits) -> int:
    if caller.is_service:
        return limits.total
    return limits.per_account if caller.is_authenticated else limits.per_address


def _overloaded() -> Problem:
    detail = "Too much is going on here at once; nothing was changed. Repeat the request in a moment."
    return RequestShed(503, "overloaded", detail, headers=_RETRY)


def _share_used_up(caller: CallerKey, in_flight: int) -> Problem:
    whose = "of your account or client" if caller.is_authenticated else "without a valid token from your address"
    detail = (
        f"{in_flight} requests {whose} are at work, and that is as many as there may be at once; nothing was changed. "
        "Wait for their answers, then repeat the request."
    )
    if not caller.is_authenticated:
        detail += " Who signs in has a share of their own."
    return RequestShed(429, "too-many-at-once", detail, headers=_RETRY | no_concurrency_left(in_flight))
