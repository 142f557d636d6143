"""Loans' own access token towards its neighbours (OAuth 2 client credentials); never the user's."""

import asyncio
import time
from collections.abc import Callable

from pydantic import BaseModel, ValidationError

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient

_RENEW_AT = 0.8  # of its life, so that no request travels with a token about to expire
_STILL_GOOD = 5.0  # seconds that a token must have left to be used when members does not answer


class _TokenReply(BaseModel):
    access_token: str
    expires_in: int


class OwnToken:
    """Fetches the token once and keeps it; renews it in good time.

    When members does not answer, the old token is used as long as it lasts.
    """

    def __init__(
        self,
        members: NeighbourClient,
        *,
        client_id: str,
        client_secret: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._members = members
        self._credentials = (client_id, client_secret)
        self._monotonic = monotonic
        self._one_at_a_time = asyncio.Lock()
        self._token = ""
        self._renew_at = self._expires_at = 0.0

    async def header(self) -> dict[str, str]:
        """Return the Authorization header. Raises NeighbourUnavailable when there is no token and none can be had."""
        if self._monotonic() >= self._renew_at:
            async with self._one_at_a_time:
                if self._monotonic() >= self._renew_at:
                    await self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Drop the token, because a neighbour did not accept it."""
        self._renew_at = self._expires_at = 0.0

    async def _renew(self) -> None:
        asked_at = self._monotonic()
        try:
            token = await self._ask()
        except NeighbourUnavailable:
            if self._monotonic() < self._expires_at - _STILL_GOOD:
                return
            raise
        self._token = token.access_token
        self._renew_at = asked_at + token.expires_in * _RENEW_AT
        self._expires_at = asked_at + token.expires_in

    async def _ask(self) -> _TokenReply:
        wanted = {"grant_type": "client_credentials"}
        reply = await self._members.ask_for_token("/v1/auth/token", wanted, auth=self._credentials)
        if reply.status_code != 200:
            raise NeighbourUnavailable(
                "The members service does not accept the credentials of the loans service; nothing was changed. "
                "Check LOANS_CLIENT_ID and LOANS_CLIENT_SECRET."
            )
        try:
            return _TokenReply.model_validate_json(reply.content)
        except ValidationError as error:
            raise NeighbourUnavailable(
                "The members service answered something unreadable; nothing was changed."
            ) from error
