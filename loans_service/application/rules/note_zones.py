"""Learn the time zones of branches from books."""

from dataclasses import dataclass

from loans_service.application.neighbours import Branches
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.errors import NeighbourUnavailable


@dataclass(frozen=True, slots=True)
class NoteZones:
    """Store the time zone of each branch, for branches without a calendar and acts that do not ask books.

    While books does not answer, the stored zones stay.
    """

    unit_of_work: LoansWorkFactory
    branches: Branches

    async def __call__(self) -> None:
        try:
            branches = await self.branches.branches()
        except NeighbourUnavailable:
            return
        async with self.unit_of_work() as uow:
            if await uow.rulebook.keep_zones({branch.code.upper(): branch.timezone for branch in branches}):
                await uow.commit()
