"""The access token of a client that calls on its own behalf (OAuth 2 client credentials), cached while it is valid."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Self

from pydantic import BaseModel, ValidationError

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.client import NeighbourClient

_RENEW_AT = 0.5  # of its lifetime; the other half bridges an outage of the issuer
_STILL_GOOD = 5.0  # seconds before its expiry after which a token is no longer sent
_PAUSE = 10.0  # seconds between two tries to renew it while the issuer does not answer


class IssuedToken(BaseModel):
    """What an issuer answers (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: float


@dataclass(frozen=True, slots=True)
class _CachedToken:
    """A token with its times on the monotonic clock."""

    text: str
    renew_at: float
    good_until: float


class AccessToken:
    """Requests the token once, caches it, and renews it in time, with a single request for all concurrent callers.

    During a renewal, and while the issuer does not answer, the old token is used as long as it is valid. `ask` raises
    NeighbourUnavailable when the issuer does not answer.
    """

    def __init__(
        self, ask: Callable[[], Awaitable[IssuedToken]], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._cached: _CachedToken | None = None
        self._asking = asyncio.Lock()

    @classmethod
    def of_client(
        cls,
        issuer: NeighbourClient,
        *,
        client_id: str,
        client_secret: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Return the token of a service that calls its neighbours as the client `client_id`."""

        async def ask() -> IssuedToken:
            form = {"grant_type": "client_credentials"}
            reply = await issuer.ask_for_token("/v1/auth/token", form, auth=(client_id, client_secret))
            if reply.status_code != 200:
                prefix = issuer.service.upper()
                raise NeighbourUnavailable(
                    f"The {issuer.neighbour} service does not accept the credentials of the {issuer.service} service; "
                    f"nothing was changed. Check {prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET."
                )
            try:
                return IssuedToken.model_validate_json(reply.content)
            except ValidationError as error:
                raise issuer.unreadable() from error

        return cls(ask, monotonic=monotonic)

    @property
    def lasts(self) -> bool:
        """Whether the cached token is still valid."""
        return self._cached is not None and self._monotonic() < self._cached.good_until

    async def text(self) -> str:
        """Return the token itself. Raises what `ask` raises when there is no valid one."""
        cached = self._cached
        if cached is not None and self._monotonic() < (cached.good_until if self._asking.locked() else cached.renew_at):
            return cached.text
        async with self._asking:
            if self._cached is None or self._cached is cached:
                self._cached = await self._next()
            return self._cached.text

    def forget(self, rejected: str) -> None:
        """Drop a token that a neighbour has rejected, unless it has been renewed since."""
        if self._cached is not None and self._cached.text == rejected:
            self._cached = None

    async def _next(self) -> _CachedToken:
        requested_at = self._monotonic()
        try:
            issued = await self._ask()
        except NeighbourUnavailable:
            if self._cached is None or not self.lasts:
                raise
            return replace(self._cached, renew_at=min(self._monotonic() + _PAUSE, self._cached.good_until))
        lasts = issued.expires_in
        return _CachedToken(issued.access_token, requested_at + lasts * _RENEW_AT, requested_at + lasts - _STILL_GOOD)
