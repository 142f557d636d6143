"""Receipts make repeated requests harmless: an act stores one in its own transaction."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeVar


@dataclass(slots=True)
class Receipt:
    """One caller's idempotency key for one request, in the form that may be stored.

    `slot` finds the stored answer, `fingerprint` recognises the same request, `seal` is the key that encrypts the
    answer: without the caller's key it cannot be read, not even by a reader of the database. Callers may choose keys
    that can be guessed; a service whose requests or answers hold secrets adds its own `secret`.
    `is_stored` is set when it is committed with the answer of the act.
    """

    slot: bytes
    fingerprint: bytes
    seal: bytes
    is_stored: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, *, caller: str, key: str, request: bytes, secret: bytes = b"") -> Self:
        """Build the receipt of `request` (its route and body) that `caller` sent under `key`."""
        name = f"{caller}\n{key}".encode()
        return cls(
            slot=hmac.digest(secret, b"slot\n" + name, "sha256"),
            fingerprint=hmac.digest(secret, b"request\n" + name + b"\n" + request, "sha256"),
            seal=hmac.digest(secret, b"seal\n" + name, "sha256"),
        )

    def of_line(self, number: int, request: bytes) -> Self:
        """Return the receipt of one line of a request that holds several, each answered by itself."""
        name = f"line {number}\n".encode()
        return type(self)(
            slot=hashlib.sha256(name + self.slot).digest(),
            fingerprint=hashlib.sha256(name + self.seal + request).digest(),
            seal=hashlib.sha256(name + self.seal).digest(),
        )


Work_co = TypeVar("Work_co", covariant=True)


class UnitOfWorkFactory(Protocol[Work_co]):
    """Opens a unit of work; a `receipt` is stored in the transaction that it commits."""

    def __call__(self, receipt: Receipt | None = None) -> Work_co: ...
