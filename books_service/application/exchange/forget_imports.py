"""Forget the imports that nobody asks for any more."""

from dataclasses import dataclass
from datetime import timedelta

from books_service.application.exchange.ports import OpensExchange
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ForgetImports:
    """Forget the imports that ended longer ago than `kept_for`, with their errors; the books stay.

    The file of an import is dropped with its end already.
    """

    unit_of_work: OpensExchange
    clock: Clock
    kept_for: timedelta

    async def __call__(self) -> None:
        found = True
        while found:  # one after the other: an import may have very many errors
            async with self.unit_of_work() as uow:
                found = await uow.imports.forget_one(ended_before=self.clock.now() - self.kept_for)
                await uow.commit()
