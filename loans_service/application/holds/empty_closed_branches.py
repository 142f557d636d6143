"""Follow branches that close for good: move what is to be fetched there, lies there, or is on its way there."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from loans_service.application.each_of import AT_ONCE, each_of
from loans_service.application.holds.choose_targets import ReportFailure
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.neighbours import Branches
from loans_service.domain.circulating_copy import same_branch
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable


@dataclass(frozen=True, slots=True)
class EmptyClosedBranches:
    """Let the branch that has the copies of a closed one take over what lending has there. Loans stay as they are.

    - Who would fetch a copy there fetches it in the other branch. A copy that lies there for them travels again.
    - What is on its way there goes on to the other branch, and so does what stands there away from home.
    - Books is asked which branches have closed, and each book is looked at in its own transaction, as long as there is
      anything left: an interruption only delays it, and a repetition finds nothing. One that fails is reported, and
      looked at again the next time.
    """

    unit_of_work: LoansWorkFactory
    queries: HoldQueries
    branches: Branches
    clock: Clock
    report_failure: ReportFailure

    async def __call__(self) -> None:
        try:
            closed = await self.branches.closed_branches()
        except NeighbourUnavailable:
            return
        for branch in closed:
            if (into := _heir(branch, closed)) is not None:
                await self._empty(branch, into=into)

    async def _empty(self, branch: str, *, into: str) -> None:
        books = each_of(lambda last: self.queries.books_in(branch, after=last, limit=AT_ONCE), lambda last: last)
        async for book_id in books:
            try:
                await self._leave(branch, into=into, book_id=book_id)
            except Exception as error:  # noqa: BLE001 - one bad record must not stop the rest
                self.report_failure(book_id, error)

    async def _leave(self, branch: str, *, into: str, book_id: UUID) -> None:
        async with self.unit_of_work() as uow:
            await uow.lock(book_id=book_id)
            now = self.clock.now()
            for waiting in await uow.holds.fetched_in(branch, book_id=book_id):
                waiting.fetch_in(into)
            for record in await uow.copies.in_branch(branch, book_id=book_id, now=now):
                hold = None if record.hold_id is None else await uow.holds.get(record.hold_id)
                if record.status is CirculationStatus.REQUESTED:
                    if hold is not None:
                        hold.lose_copy(now=now)
                    record.release(None, shelf_until=now, now=now)
                    hold = None
                if not same_branch(branch, record.copy.home_branch) or record.status is not CirculationStatus.HOME:
                    record.leave(hold, into=into, now=now)
            uow.retarget_requests.add(book_id, at=now)
            await uow.commit()


def _heir(branch: str, closed: Mapping[str, str]) -> str | None:
    """Return the open branch that has the copies of a closed one by now; None if closed ones name each other."""
    seen, into = {branch}, closed[branch]
    while into in closed and into not in seen:
        seen.add(into)
        into = closed[into]
    return None if into in seen else into
