"""What tokens are checked with, asked of the service that issues them: its public keys, and what it has revoked."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urljoin

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.client import NeighbourClient
from shared.tasks import every
from shared.tokens import JwksKeys, RevokedSessions


class TokenIssuer:
    """The issuer as `neighbour`, or the one whose key set is at `address`.

    Keys are read when one is first asked for. What was revoked since, and which keys are gone, is learnt while somebody
    follows it.
    """

    def __init__(self, neighbour: NeighbourClient, address: str | None) -> None:
        keys_address = address or "/.well-known/jwks.json"
        self._neighbour = neighbour
        self.keys = JwksKeys(partial(self._ask, keys_address))
        self.revoked = RevokedSessions(partial(self._ask, urljoin(keys_address, "../v1/auth/revocations")))

    async def follow(self, seconds: float, stop: asyncio.Event) -> None:
        """Ask every so many seconds what was revoked, and now and then for the keys, until `stop` is set."""

        async def look() -> None:
            await self.revoked.update()
            await self.keys.renew()

        await every(seconds, look, stop=stop, name="revocations")

    async def _ask(self, address: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        reply = await self._neighbour.get(address, params=query)
        if reply.status_code != 200:
            raise NeighbourUnavailable(f"The issuer of tokens was asked, and {reply.status_code} was the answer.")
        told: Mapping[str, Any] = reply.json()
        return told
