"""Throttles wrong logins of machines."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

TRIES_OF_AN_ADDRESS = 10
"""Wrong logins from one address before further ones are rejected unchecked; one is refilled each minute."""

TRIES_OF_A_LOGIN = 30
"""Wrong secrets for one login from any address; one is refilled each minute."""

_REFILLS_EVERY = 60.0  # seconds
_MOST_TRACKED = 10_000  # addresses and logins; beyond that, those that failed longest ago are dropped


@dataclass(slots=True)
class _Spent:
    tries: float
    at: float


class LoginTries:
    """Counts wrong logins in this process.

    Attackers cannot lock a machine out: a login is always checked from an address from which it has succeeded.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._spent: OrderedDict[Hashable, _Spent] = OrderedDict()
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def may_try(self, login: str, address: str) -> bool:
        """Return whether this login from this address is checked."""
        if (login, address) in self._trusted:
            return True
        return self._left(address, TRIES_OF_AN_ADDRESS) and self._left(("login", login), TRIES_OF_A_LOGIN)

    def failed(self, login: str, address: str) -> None:
        """Count a wrong login."""
        for key in (address, ("login", login)):
            spent = self._spent.pop(key, _Spent(0, 0))
            self._spent[key] = _Spent(self._still(spent) + 1, self._monotonic())
        while len(self._spent) > _MOST_TRACKED:
            self._spent.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        """Refund the attempt, and trust this login from this address."""
        for key in (address, ("login", login)):
            if spent := self._spent.get(key):
                spent.tries -= 1
        self._trusted[login, address] = None
        self._trusted.move_to_end((login, address))
        while len(self._trusted) > _MOST_TRACKED:
            self._trusted.popitem(last=False)

    def _left(self, key: Hashable, most: int) -> bool:
        spent = self._spent.get(key)
        return spent is None or self._still(spent) <= most - 1

    def _still(self, spent: _Spent) -> float:
        return max(0.0, spent.tries - (self._monotonic() - spent.at) / _REFILLS_EVERY)
