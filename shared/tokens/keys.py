"""The public keys that verify tokens: known from the start, or fetched from their publisher and cached."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import Context
from typing import Any, Protocol

import structlog
from jose import jwk

from shared.kernel.errors import NeighbourUnavailable
from shared.tokens.signing import ALGORITHM

log = structlog.get_logger(__name__)

MOST_KEYS = 32
"""The most keys of a set that are read; a larger one is not genuine."""


class KeyTable(Protocol):
    """Finds the public key named by a token."""

    async def key(self, kid: str) -> Any | None:
        """Return the key, or None. Raises NeighbourUnavailable when no keys are available now."""

    def knows(self, kid: str) -> bool:
        """Return whether the key is known now, without fetching: tokens that it has signed may be trusted again."""
        ...


class StaticKeys:
    """Keys known from the start, such as the signer's own. `jwks` are the members of a JWK set."""

    def __init__(self, jwks: Iterable[Mapping[str, Any]]) -> None:
        self._table = _table_of({"keys": list(jwks)})

    async def key(self, kid: str) -> Any | None:
        """Return the key named `kid`, or None."""
        return self._table.get(kid)

    def knows(self, kid: str) -> bool:
        """Return whether there is a key named `kid`."""
        return kid in self._table


class JwksKeys:
    """Keys fetched from their publisher and cached.

    An unknown `kid` causes a fetch, at most one in 30 seconds, so that made-up names cannot overload the publisher.
    Known keys are fetched again after some minutes, a random time so that many processes do not fetch at once: in the
    background when they are used, and by `renew`. While the publisher does not answer, they remain valid for 24 hours.
    At most `most_waiting` callers wait for a fetch; further ones get NeighbourUnavailable.
    `fetch` returns the JWK set and has its own timeouts; `clock` is monotonic, in seconds.
    """

    refetch_after = 30.0
    retry_empty_after = 1.0
    renew_after = 270.0
    """At most, and half of it at least: with a check every 30 seconds, keys are renewed within five minutes."""
    keep_for = 86_400.0
    most_waiting = 64

    def __init__(
        self, fetch: Callable[[], Awaitable[Mapping[str, Any]]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._table: dict[str, Any] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._renew_after = self.renew_after
        self._fetching: asyncio.Task[None] | None = None
        self._waiting = 0

    async def key(self, kid: str) -> Any | None:
        """Return the key named `kid`, or None. Raises NeighbourUnavailable when no keys have been fetched."""
        age = self._clock() - self._fetched_at
        if age > self.keep_for:
            self._table = {}
        found = self._table.get(kid)
        if found is not None:
            if age > self._renew_after:
                self._start_fetching()
            return found
        self._start_fetching()
        if self._fetching is not None:
            await self._fetched(self._fetching)
        if not self._table:
            raise NeighbourUnavailable("Tokens cannot be checked now: their public keys cannot be read.")
        return self._table.get(kid)

    def knows(self, kid: str) -> bool:
        """Return whether the key named `kid` was in the set that was fetched last."""
        return kid in self._table

    async def renew(self) -> None:
        """Fetch the keys again if it is time to. Never raises: known keys remain valid."""
        if self._table and self._clock() - self._fetched_at > self._renew_after:
            self._start_fetching()
            if self._fetching is not None:
                await asyncio.shield(self._fetching)

    async def _fetched(self, fetching: asyncio.Task[None]) -> None:
        """Wait for a fetch, unless too many callers wait already."""
        if self._waiting >= self.most_waiting:
            raise NeighbourUnavailable("Tokens cannot be checked now: their public keys are being read.")
        self._waiting += 1
        try:
            await asyncio.shield(fetching)
        finally:
            self._waiting -= 1

    async def load(self) -> None:
        """Fetch the keys, as a readiness check. Raises NeighbourUnavailable when there are none."""
        if not self._table:
            await self.key("")

    def _start_fetching(self) -> None:
        pause = self.refetch_after if self._table else self.retry_empty_after
        if self._fetching is None and self._clock() - self._tried_at >= pause:
            self._tried_at = self._clock()
            # An empty context: the fetch serves all requests, so the deadline of a single one must not end it.
            self._fetching = asyncio.create_task(self._fetch_once(), context=Context())

    async def _fetch_once(self) -> None:
        try:
            table = _table_of(await self._fetch())
            if table:
                self._table, self._fetched_at = table, self._clock()
                self._renew_after = self.renew_after * random.uniform(0.5, 1)  # noqa: S311 - no secret
        except Exception as error:  # noqa: BLE001 - whatever fails at the publisher's side: the kept table holds
            log.warning("the public keys cannot be fetched", error=type(error).__name__)
        finally:
            self._fetching = None


def usable_keys(jwks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return by name those of a client's public keys that can be used; a key without a name is named by nothing."""
    return _table_of({"keys": [{"kid": "", **jwk} for jwk in jwks]})


def _table_of(jwks: Mapping[str, Any]) -> dict[str, Any]:
    return {
        entry["kid"]: jwk.construct({name: entry[name] for name in ("kty", "crv", "x", "y")}, ALGORITHM)
        for entry in jwks["keys"][:MOST_KEYS]
        if _is_usable(entry)
    }


def _is_usable(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry is a key for our signatures; a set may hold others."""
    return (
        entry.get("kty") == "EC"
        and entry.get("crv") == "P-256"
        and entry.get("alg", ALGORITHM) == ALGORITHM
        and entry.get("use", "sig") == "sig"
        and isinstance(entry.get("kid"), str)
    )
