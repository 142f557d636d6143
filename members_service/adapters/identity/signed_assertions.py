"""Signed assertions of clients; the database remembers which were used, so that each is taken once by all processes."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from members_service.persistence.identity.attempts import take_once
from shared.persistence.database import Database
from shared.tokens import AssertionVerifier, TokenRejected


class SignedAssertions:
    """Implements `ports.Assertions`; `keys` are the public keys of each client."""

    def __init__(self, database: Database, keys: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._database = database
        self._verifier = AssertionVerifier(keys)

    async def client_of(self, assertion: str, *, audiences: Collection[str]) -> str | None:
        try:
            proved = self._verifier.verify(assertion, audiences=audiences)
        except TokenRejected:
            return None
        name = hashlib.sha256(f"{proved.client_id}\n{proved.name}".encode()).digest()
        async with self._database.begin() as transaction:
            is_new = await take_once(transaction, name, until=proved.expires_at)
            await transaction.commit()
        return proved.client_id if is_new else None
