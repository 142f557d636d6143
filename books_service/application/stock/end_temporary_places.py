"""End the temporary places of copies whose time is over."""

from dataclasses import dataclass

from books_service.domain.stock.copy_facts import CopyFacts
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class EndTemporaryPlaces:
    """Let copies belong to their own places again; lending is told as of any other change of a copy.

    It is done in parts, each in its own transaction. Any number of processes may do so at once.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self) -> None:
        more = True
        while more:
            async with self.unit_of_work() as uow:
                now = self.clock.now()
                due = await uow.copies.at_end_of_temporary_place(now=now, most=_AT_ONCE)
                for copy in due:
                    copy.revise(CopyFacts(temporary=None), circulation=None, now=now)
                await uow.commit()
            more = len(due) == _AT_ONCE
