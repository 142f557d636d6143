"""The keys that tokens are checked with, read from the service that publishes them."""

from collections.abc import Mapping
from typing import Any

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.client import NeighbourClient
from shared.tokens import JwksKeys


def published_keys(publisher: NeighbourClient, address: str | None) -> JwksKeys:
    """Return the key set of `publisher`, or the one at `address`; it is read when a key is first asked for."""

    async def fetch() -> Mapping[str, Any]:
        reply = await publisher.get(address or "/.well-known/jwks.json")
        if reply.status_code != 200:
            raise NeighbourUnavailable(f"The public keys were asked for, and {reply.status_code} was the answer.")
        keys: Mapping[str, Any] = reply.json()
        return keys

    return JwksKeys(fetch)
