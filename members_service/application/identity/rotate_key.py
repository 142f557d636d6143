"""Add the key that signs access tokens next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict


class TooManyKeys(Conflict):
    """So many keys still have valid tokens that services would not accept one more."""

    code = "too-many-keys"
    detail = (
        "Too many keys were added of late, and tokens of all of them are still about. Add the next one in half an hour."
    )


@dataclass(frozen=True, slots=True)
class NextKey:
    """A key that was added, from when on it signs, and how many old ones are gone."""

    kid: str
    signs_at: datetime
    removed: int


class KeyRing(Protocol):
    """The keys that sign access tokens."""

    def add_next(self, *, now: datetime) -> NextKey:
        """Add a key, and take away those whose tokens are all gone. Raises TooManyKeys."""
        ...


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Add a key that is published at once, and signs as soon as everybody who checks tokens can know it.

    Keys whose tokens are all gone are taken away. Running services notice by themselves.
    """

    unit_of_work: IdentityWorkFactory
    clock: Clock

    async def __call__(self, keys: KeyRing) -> NextKey:
        """Return the key that was added. Raises TooManyKeys."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            added = keys.add_next(now=now)
            uow.audit.add(AuditRecord(AuditAction.KEY_ROTATED, now, facts={"kid": added.kid}))
            await uow.commit()
        return added
