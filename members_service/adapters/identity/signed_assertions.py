"""Signed assertions of clients; the database remembers which were used, so that each is taken once by all processes."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from members_service.persistence.identity.tables import used_assertions
from shared.persistence.database import Database, violates
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
        try:
            async with self._database.begin() as transaction:
                await transaction.run(insert(used_assertions).values(digest=name, expires_at=proved.expires_at))
                await transaction.commit()
        except IntegrityError as error:
            if violates(error, "pk_used_assertions", "used_assertions.digest"):
                return None
            raise
        return proved.client_id
