"""Add the key that signs access tokens next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from members_service.application.identity.work import OpensIdentityWork
from members_service.domain.audit import AuditAction, AuditRecord
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class NextKey:
    """A key that was added, from when on it signs, and how many old ones are gone."""

    kid: str
    signs_at: datetime
    removed: int


class KeyRing(Protocol):
    """The keys that sign access tokens."""

    def add_next(self, *, now: datetime) -> NextKey:
        """Add a key, and take away those whose tokens are all gone."""
        ...


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Add a key that is published at once, and signs as soon as everybody who checks tokens can know it.

    Keys whose tokens are all gone are taken away. Running services notice by themselves.
    """

    unit_of_work: OpensIdentityWork
    clock: Clock

    async def __call__(self, keys: KeyRing) -> NextKey:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            added = keys.add_next(now=now)
            uow.audit.add(AuditRecord(AuditAction.KEY_ROTATED, now, facts={"kid": added.kid}))
            await uow.commit()
        return added
