"""How many requests are at work at once, and whose: nobody takes everybody's places.

A request has its place from the moment at which its caller is known and its body is there until its answer is written.
While more comes than can be done, fewer are let in, so that what is let in is done about as soon as always.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import Scope

from shared.tokens import Principal
from shared.web.edge.callers import caller_address
from shared.web.edge.cors import Headers
from shared.web.edge.crowds import Crowd
from shared.web.edge.limits import Shares
from shared.web.edge.rate_limits import at_once, none_at_once
from shared.web.problems import Problem

_PAUSE = {"retry-after": "1"}


class NoPlace(Problem):
    """There is no place for this request now."""


class Holder(NamedTuple):
    """Who has a place: an own service of the library, an account or client, or whoever is at a network address."""

    is_service: bool
    is_known: bool
    name: str


def holder_of(scope: Scope, principal: Principal | None, service_scopes: frozenset[str]) -> Holder:
    """Return under whose name the request takes a place. Own services are clients with one of `service_scopes`."""
    if principal is None:
        return Holder(is_service=False, is_known=False, name=caller_address(scope))
    is_service = not principal.roles and not principal.scopes.isdisjoint(service_scopes)
    return Holder(is_service=is_service, is_known=True, name=principal.subject)


class _Share:
    """What one holder has: at most `most` places, and requests that wait for those."""

    __slots__ = ("crowd", "held", "most", "queue")

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self.most = most
        self.held = 0
        self.queue: deque[asyncio.Future[None]] = deque()
        self.crowd = Crowd(most, clock=clock)


class Places:
    """The places of one process, shared out. `clock` counts seconds."""

    def __init__(self, shares: Shares, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._shares = shares
        self._clock = clock
        self._of: dict[Holder, _Share] = {}
        self._of_services = 0
        self._anonymous = 0
        self._away = 0
        self._crowd = Crowd(shares.busy, clock=clock)
        self.taken = 0

    async def take(self, holder: Holder, *, seconds: float) -> None:
        """Take a place. Raises a Problem: 429 to who has used up the own share, 503 when the places are gone.

        An account whose share is used up waits for one of its own places, for `seconds` seconds.
        """
        share = self._look(holder)
        if share.held >= share.most:
            await self._wait(holder, share, seconds)
            return
        self._of[holder] = share
        share.held += 1
        share.crowd.counts(share.held)
        self._count(holder, 1)

    def look(self, holder: Holder) -> None:
        """Raise the Problem that `take` would raise at once, while it is cheap to refuse."""
        self._look(holder)

    def give_back(self, holder: Holder) -> None:
        """Give the place back: to the next who waits under the same name, if somebody does."""
        share = self._of[holder]
        for turn in share.queue:
            if not turn.done():
                turn.set_result(None)
                return
        share.held -= 1
        share.crowd.counts(share.held)
        if not share.held:
            del self._of[holder]
        self._count(holder, -1)

    def step_out(self, holder: Holder, count: int) -> None:
        """Count a request that has its place, but waits for somebody else (1) or does so no more (-1)."""
        if not holder.is_service:
            self._away += count
            self._crowd.counts(self._at_work)

    def figures(self, holder: Holder) -> Headers:
        """Return what an answer says of the holder's share: its own place is as good as free. Services need no word."""
        share = self._of.get(holder)
        if share is None or holder.is_service:
            return []
        return at_once(share.most, share.most - share.held + 1)

    @property
    def _at_work(self) -> int:
        """How many requests are at work that are not those of own services."""
        return self.taken - self._of_services - self._away

    def _look(self, holder: Holder) -> _Share:
        """Return the share of the holder. Raises the Problem when nothing of it is left, nor of the places."""
        shares = self._shares
        share = self._of.get(holder)
        if share is None:
            share = _Share(_most_of(holder, shares), self._clock)
        if share.held >= share.most and not holder.is_service:
            if len(share.queue) >= self._longest_queue(holder, share):
                raise _too_many_at_once(holder, share.held)
            return share
        if not holder.is_service:
            gone = self.taken - self._of_services >= shares.all - shares.for_services
            if gone or (not holder.is_known and self._anonymous >= shares.anonymous):
                raise overloaded()
            if self._at_work >= shares.busy and self._crowd.stays:
                raise overloaded()
        if self.taken >= shares.all:
            raise overloaded()
        return share

    def _longest_queue(self, holder: Holder, share: _Share) -> int:
        if not holder.is_known:
            return 0
        return self._shares.busy_queue if share.crowd.stays else self._shares.queue_of_account

    async def _wait(self, holder: Holder, share: _Share, seconds: float) -> None:
        """Wait until a place of the same holder is handed on."""
        turn = asyncio.get_running_loop().create_future()
        share.queue.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # handed on in the same moment: it goes to the next
                turn.cancel()
                share.queue.remove(turn)
                self.give_back(holder)
            if isinstance(error, TimeoutError):
                raise _too_many_at_once(holder, share.held) from None
            raise
        finally:
            if turn in share.queue:
                share.queue.remove(turn)

    def _count(self, holder: Holder, more: int) -> None:
        self.taken += more
        if holder.is_service:
            self._of_services += more
        else:
            if not holder.is_known:
                self._anonymous += more
            self._crowd.counts(self._at_work)


def _most_of(holder: Holder, shares: Shares) -> int:
    if holder.is_service:
        return shares.all
    return shares.of_account if holder.is_known else shares.of_address


def overloaded() -> Problem:
    """Return the refusal when the places are gone, whoever has them."""
    detail = "Too much is going on here at once; nothing was changed. Repeat the request in a moment."
    return NoPlace(503, "overloaded", detail, headers=_PAUSE)


def _too_many_at_once(holder: Holder, held: int) -> Problem:
    whose = "of your account or client" if holder.is_known else "without a valid token from your address"
    detail = (
        f"{held} requests {whose} are at work, and that is as many as there may be at once; nothing was changed. "
        "Wait for their answers, then repeat the request."
    )
    if not holder.is_known:
        detail += " Who signs in has a share of their own."
    return NoPlace(429, "too-many-at-once", detail, headers=_PAUSE | none_at_once(held))
