"""Settle a fine: somebody pays, or the library forgives."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.fine_views import FineView
from loans_service.application.ports import UnitOfWork
from loans_service.domain.fines.fine import Fine, FineNotFound
from loans_service.domain.money import Money
from shared.kernel.clock import Clock


async def pay_fine(fine_id: UUID, *, amount: int, currency: str, uow: UnitOfWork, clock: Clock) -> FineView:
    """Take a payment for a fine, of the whole or a part.

    - Two desks that take money for one fine are served one after the other; more than is owed is never taken.
    - A payment is never undone: what is given back is a posting of its own.
    """
    return await _settle(fine_id, lambda fine, now: fine.pay(Money(amount, currency), now=now), uow=uow, clock=clock)


async def waive_fine(fine_id: UUID, *, why: str, uow: UnitOfWork, clock: Clock) -> FineView:
    """Forgive what is left of a fine, for a reason that is kept."""
    return await _settle(fine_id, lambda fine, now: fine.waive(why=why, now=now), uow=uow, clock=clock)


async def _settle(fine_id: UUID, post: Callable[[Fine, datetime], None], *, uow: UnitOfWork, clock: Clock) -> FineView:
    async with uow:
        fine = await uow.fines.get(fine_id)
        if fine is None:
            raise FineNotFound
        post(fine, clock.now())
        view = FineView.of(fine)
        await uow.commit(answer=view)
    return view
