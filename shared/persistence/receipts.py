"""Receipts of answered requests, by which a POST with the same idempotency key is replayed.

A receipt is a row of the transaction whose answer it stores: a crash leaves both or neither. The answer is encrypted
under a key derived from the caller's idempotency key, which is not stored, and from the service's own secret, if any.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, Index, LargeBinary, MetaData, Table, bindparam, select

from shared.kernel.errors import Conflict, Refused
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.statements import Prepared
from shared.persistence.types import UtcDateTime

KEPT_FOR = timedelta(hours=24)
_NONCE = 12

Answer = TypeVar("Answer")


class KeyReused(Refused):
    """The idempotency key belongs to another request."""

    code = "idempotency-key-reused"
    detail = "This Idempotency-Key was used for a different request. Use a new key for a new request."


class AnswerOutdated(Conflict):
    """The request was answered by a release of the service whose answers had another shape."""

    code = "idempotency-answer-outdated"
    detail = "This was done before the service was upgraded. Look at the result instead of repeating it."


def receipts_table(metadata: MetaData) -> Table:
    """Declare a service's receipts. A violation of its key `pk_receipts` means: answered meanwhile."""
    table = Table(
        "receipts",
        metadata,
        Column("slot", LargeBinary(32), primary_key=True),
        Column("fingerprint", LargeBinary(32), nullable=False),
        Column("answer", LargeBinary, nullable=False),
        Column("kept_at", UtcDateTime, nullable=False),
    )
    Index(None, table.c.kept_at)
    return table


_adapter: Callable[[Any], TypeAdapter[Any]] = lru_cache(maxsize=256)(TypeAdapter)


def _cipher(receipt: Receipt) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - seven megabytes; relays seal nothing

    return AESGCM(receipt.seal)


def receipt_row(receipt: Receipt, answer: object, now: datetime) -> dict[str, Any]:
    """Return the receipt of `answer`, a dataclass of plain values, as a row of a table of receipts."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + _cipher(receipt).encrypt(nonce, _adapter(type(answer)).dump_json(answer), receipt.slot)
    return {"slot": receipt.slot, "fingerprint": receipt.fingerprint, "answer": sealed, "kept_at": now}


class SqlReceipts:
    """Finds stored answers. `secret` returns the service's own part of all receipts, if it has one."""

    def __init__(self, database: Database, receipts: Table, *, secret: Callable[[], bytes] = bytes) -> None:
        self._database = database
        self._receipts = receipts
        self._secret = secret
        table = receipts.c
        self._query = Prepared(select(table.fingerprint, table.answer).where(table.slot == bindparam("slot")))

    def receipt_of(self, *, caller: str, key: str, request: bytes) -> Receipt:
        """Return the receipt of a request, in the form that may be stored here."""
        return Receipt.of(caller=caller, key=key, request=request, secret=self._secret())

    async def find(self, receipt: Receipt, shape: type[Answer]) -> Answer | None:
        """Return the stored answer, or None when the request was not answered yet.

        Raises KeyReused when the key was used for another request, AnswerOutdated when it can no longer be read.
        """
        row = await self._database.first(self._query, slot=receipt.slot)
        if row is None:
            return None
        if row.fingerprint != receipt.fingerprint:
            raise KeyReused
        opened = _cipher(receipt).decrypt(row.answer[:_NONCE], row.answer[_NONCE:], receipt.slot)
        try:
            answer: Answer = _adapter(shape).validate_json(opened)
        except ValidationError as error:
            raise AnswerOutdated from error
        return answer
