"""Passwords and PINs, as membership and identity both check them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SecretVerdict:
    """Whether a password, or a PIN, is right. `better_hash`, if any, replaces the stored one."""

    is_right: bool
    better_hash: str | None = None


class Passwords(Protocol):
    """Hashes passwords or PINs, slowly on purpose. Raises Unavailable when too many wait already."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, password_hash: str | None) -> SecretVerdict:
        """Compare. Without a hash the answer is no, and takes as long as with one."""
        ...
