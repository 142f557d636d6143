"""Add the key that signs access tokens next."""

from members_service.application.ports import KeyRing, NextKey, UnitOfWork
from members_service.domain.audit import AuditRecord, Deed
from shared.kernel.clock import Clock


async def rotate_key(*, keys: KeyRing, uow: UnitOfWork, clock: Clock) -> NextKey:
    """Add a key that is published at once, and signs as soon as everybody who checks tokens can know it.

    Keys whose tokens are all gone are taken away. Running services notice by themselves.
    """
    now = clock.now()
    async with uow:
        added = keys.add_next(now=now)
        uow.audit.add(AuditRecord(Deed.KEY_ROTATED, now, facts={"kid": added.kid}))
        await uow.commit()
    return added
