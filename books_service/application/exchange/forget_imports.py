"""Forget the imports that nobody asks for any more."""

from collections.abc import Callable
from datetime import timedelta

from books_service.application.ports import UnitOfWork
from shared.kernel.clock import Clock


async def forget_imports(*, unit_of_work: Callable[[], UnitOfWork], clock: Clock, kept_for: timedelta) -> None:
    """Forget the imports that ended longer ago than `kept_for`, with their errors; the books stay.

    The file of an import is dropped with its end already.
    """
    found = True
    while found:  # one after the other: an import may have very many errors
        async with unit_of_work() as uow:
            found = await uow.imports.forget_one(ended_before=clock.now() - kept_for)
            await uow.commit()
