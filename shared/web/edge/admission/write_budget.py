"""A rate limit on what one person writes: each change leaves rows, some of them for life."""

import time
from collections import OrderedDict
from collections.abc import Callable

from shared.tokens import Principal
from shared.web.edge.admission.rate_limit_headers import no_writes_left, writes
from shared.web.edge.cors import Headers
from shared.web.problems import Problem

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEMBERED = 10_000


class WriteBudget:
    """A token bucket per person: `free` writes at once, and one more every `every` seconds; in this process alone.

    It limits those who may act only for themselves, with the scope `own`. Staff and services work through queues, and
    answer for it by name.
    """

    def __init__(
        self, own: str, *, free: int = 60, every: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._own = own
        self._free = free
        self._every = every
        self._clock = clock
        self._spent: OrderedDict[str, float] = OrderedDict()

    def spend(self, principal: Principal | None, method: str) -> Headers:
        """Count one request, and return the rate limit headers of its answer.

        Raises Problem 429 `too-many-writes` when the budget is spent.
        """
        if method in _READING or principal is None or principal.scopes != {self._own}:
            return []
        now = self._clock()
        spent = max(self._spent.pop(principal.subject, now), now) + self._every
        wait = spent - now - self._free * self._every
        if wait > 0:
            self._spent[principal.subject] = spent - self._every
            seconds = int(wait) + 1
            detail = f"That is more than one person changes in so short a time. Go on in {seconds} seconds."
            headers = {"retry-after": str(seconds)} | no_writes_left(self._free, self._window, wait=seconds)
            raise Problem(429, "too-many-writes", detail, headers=headers)
        self._spent[principal.subject] = spent
        if len(self._spent) > _REMEMBERED:
            self._spent.popitem(last=False)
        return writes(self._free, self._window, int(-wait // self._every))

    @property
    def _window(self) -> int:
        return max(1, round(self._free * self._every))
