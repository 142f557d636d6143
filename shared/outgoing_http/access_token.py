"""The access token with which a client asks on its own behalf (OAuth 2 client credentials), kept while it lasts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Self

from pydantic import BaseModel, ValidationError

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.client import NeighbourClient

_RENEW_AT = 0.5  # of its life: for the other half requests are made while the issuer is away
_STILL_GOOD = 5.0  # seconds that a token must have left, so that no request travels with one about to expire
_PAUSE = 10.0  # seconds between two tries to have another while the issuer is away


class IssuedToken(BaseModel):
    """What an issuer answers (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: float


@dataclass(frozen=True, slots=True)
class _CachedToken:
    """A token; the times are those of `monotonic`."""

    text: str
    renew_at: float
    good_until: float


class AccessToken:
    """Asks for the token once, keeps it, and renews it in good time; one asks, however many need it.

    While somebody asks for the next one, and while the issuer does not answer, the old one is used as long as it lasts.
    `ask` raises NeighbourUnavailable when the issuer does not answer.
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
        """Return the token of a service that asks its neighbours as the client `client_id`."""

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
        """Whether there is one that can still be used."""
        return self._cached is not None and self._monotonic() < self._cached.good_until

    async def text(self) -> str:
        """Return the token itself. Raises what `ask` raises when there is none that lasts."""
        cached = self._cached
        if cached is not None and self._monotonic() < (cached.good_until if self._asking.locked() else cached.renew_at):
            return cached.text
        async with self._asking:
            if self._cached is None or self._cached is cached:
                self._cached = await self._next()
            return self._cached.text

    def forget(self, rejected: str) -> None:
        """Drop the token that a neighbour did not accept, unless there is a newer one."""
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
