"""How many requests are at work at once, and whose: nobody takes everybody's places.

A request has its place from the moment at which its caller is known and its body is there until its answer is written.
"""

import asyncio
from collections import deque
from typing import NamedTuple

from starlette.types import Scope

from shared.tokens import Principal
from shared.web.edge.callers import caller_address
from shared.web.edge.limits import Shares
from shared.web.problems import Problem

_PAUSE = {"retry-after": "1"}


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


class Places:
    """The places of one process, shared out."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._held: dict[Holder, int] = {}
        self._of_services = 0
        self._anonymous = 0
        self._queues: dict[Holder, deque[asyncio.Future[None]]] = {}
        self.taken = 0

    async def take(self, holder: Holder, *, seconds: float) -> None:
        """Take a place. Raises a Problem: 429 to who has used up the own share, 503 when the places are gone.

        An account whose share is used up waits for one of its own places, for `seconds` seconds.
        """
        shares = self._shares
        held = self._held.get(holder, 0)
        if not holder.is_service:
            if held >= (shares.of_account if holder.is_known else shares.of_address):
                await self._wait(holder, held, seconds)
                return
            gone = self.taken - self._of_services >= shares.all - shares.for_services
            if gone or (not holder.is_known and self._anonymous >= shares.anonymous):
                raise overloaded()
        if self.taken >= shares.all:
            raise overloaded()
        self._held[holder] = held + 1
        self._count(holder, 1)

    def give_back(self, holder: Holder) -> None:
        """Give the place back: to the next who waits under the same name, if somebody does."""
        for turn in self._queues.get(holder, ()):
            if not turn.done():
                turn.set_result(None)
                return
        left = self._held[holder] - 1
        if left:
            self._held[holder] = left
        else:
            del self._held[holder]
        self._count(holder, -1)

    async def _wait(self, holder: Holder, held: int, seconds: float) -> None:
        """Wait until a place of the same holder is handed on."""
        queue = self._queues.get(holder, deque())
        if len(queue) >= (self._shares.queue_of_account if holder.is_known else 0):
            raise _too_many_at_once(holder, held)
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._queues[holder] = queue
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # handed on in the same moment: it goes to the next
                turn.cancel()
                queue.remove(turn)
                self.give_back(holder)
            if isinstance(error, TimeoutError):
                raise _too_many_at_once(holder, held) from None
            raise
        finally:
            if turn in queue:
                queue.remove(turn)
            if not queue:
                self._queues.pop(holder, None)

    def _count(self, holder: Holder, more: int) -> None:
        self.taken += more
        if holder.is_service:
            self._of_services += more
        elif not holder.is_known:
            self._anonymous += more


def overloaded() -> Problem:
    """Return the refusal when the places are gone, whoever has them."""
    detail = "Too much is going on here at once; nothing was changed. Repeat the request in a moment."
    return Problem(503, "overloaded", detail, headers=_PAUSE)


def _too_many_at_once(holder: Holder, held: int) -> Problem:
    whose = "of your account or client" if holder.is_known else "without a valid token from your address"
    detail = (
        f"{held} requests {whose} are at work, and that is as many as there may be at once; nothing was changed. "
        "Wait for their answers, then repeat the request."
    )
    if not holder.is_known:
        detail += " Who signs in has a share of their own."
    return Problem(429, "too-many-at-once", detail, headers=_PAUSE)
