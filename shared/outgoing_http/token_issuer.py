"""The public keys and the revocations of the service that issues tokens, with which they are checked."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urljoin

from pydantic import RootModel

from shared.outgoing_http.client import NeighbourClient
from shared.outgoing_http.neighbour import Neighbour
from shared.tasks import every
from shared.tokens import JwksKeys, RevokedSessions


class _Document(RootModel[dict[str, Any]]):
    """A JSON object, which its reader validates."""


class TokenIssuer:
    """The issuer, as a `neighbour` or by the `address` of its key set.

    Keys are fetched when one is first needed. Revocations and removed keys are known only while `follow` runs.
    """

    def __init__(self, neighbour: NeighbourClient, address: str | None) -> None:
        keys_address = address or "/.well-known/jwks.json"
        self._neighbour = Neighbour(neighbour)
        self.keys = JwksKeys(partial(self._ask, keys_address))
        self.revoked = RevokedSessions(partial(self._ask, urljoin(keys_address, "../v1/auth/revocations")))

    async def follow(self, seconds: float, stop: asyncio.Event) -> None:
        """Poll for revocations every few seconds, and now and then for the keys, until `stop` is set."""

        async def look() -> None:
            await self.revoked.update()
            await self.keys.renew()

        await every(seconds, look, stop=stop, name="revocations")

    async def _ask(self, address: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        return (await self._neighbour.get(address, _Document, params=query)).root
