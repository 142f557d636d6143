"""Look up fines."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.fines.fine_views import FineFilter, FineInFull, ListedFineView
from loans_service.application.fines.queries import FineQueries
from loans_service.application.visible_to_borrowers import visible_entries
from loans_service.domain.fines.fine import FineNotFound, FineStatus
from loans_service.domain.rights import SEE_HISTORY
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.rights import RightMissing, authorise, is_authorised


@refuses(FineNotFound)
@dataclass(frozen=True, slots=True)
class ShowFine:
    """Show one fine with its ledger.

    With `only_of`, a fine of anybody else is as unknown as one that does not exist, and the ledger does not show which
    of the staff posted what, nor why. A settled one says what somebody had, and asks for the right to see that.
    """

    queries: FineQueries

    async def __call__(self, fine_id: UUID, *, only_of: UUID | None) -> FineInFull:
        fine = await self.queries.fine(fine_id)
        if fine is None or only_of not in (None, fine.member_id):
            raise FineNotFound
        if only_of is None and fine.status is not FineStatus.OWED:
            authorise(SEE_HISTORY, unless_own=fine.member_id)
        ledger = visible_entries(await self.queries.postings(fine_id), only_of=only_of)
        return from_attributes(fine, FineInFull, ledger=ledger)


@refuses(RightMissing)
@dataclass(frozen=True, slots=True)
class ListFines:
    """List fines, newest first. The id of a record that was merged stands for the person.

    Where they are not the caller's own, those that are settled ask for the right to see what members had; without it,
    those that are owed are listed.
    """

    queries: FineQueries
    merged: MergedRecords

    async def __call__(
        self, filters: FineFilter, *, limit: int, before: tuple[datetime, UUID] | None, own: bool = False
    ) -> list[ListedFineView]:
        if not own and filters.status is not FineStatus.OWED and not is_authorised(SEE_HISTORY):
            if filters.status is not None:
                raise RightMissing(SEE_HISTORY.name)
            filters = replace(filters, status=FineStatus.OWED)
        if filters.member_id is not None:
            filters = replace(filters, member_id=await self.merged.record_that_stays(filters.member_id))
        return await self.queries.fines(filters, limit=limit, before=before)
