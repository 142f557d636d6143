"""Somebody who publishes keys, and whoever checks tokens with them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from shared.tokens import SigningKey, StaticKeys, TokenVerifier

KEY = SigningKey.generate()


def a_verifier(**more: Any) -> TokenVerifier:
    return TokenVerifier(StaticKeys([KEY.public_jwk()]), issuer="library", **more)


class Publisher:
    """Publishes keys, counts how often it was asked, and can be down."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.extra: list[Any] = []
        self.down = False
        self.asked = 0

    async def jwks(self) -> Mapping[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise ConnectionError
        return {"keys": [*(key.public_jwk() for key in self.keys), *self.extra]}
