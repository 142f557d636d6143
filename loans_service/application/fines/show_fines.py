"""Look a fine up."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.fines.fine_views import FineInFull, FineViews
from loans_service.application.told_to_borrowers import as_told
from loans_service.domain.fines.fine import FineNotFound
from shared.kernel.made_from import made_from


@dataclass(frozen=True, slots=True)
class ShowFine:
    """Show one fine with its ledger.

    With `only_of`, a fine of anybody else is as unknown as one that does not exist, and the ledger does not tell which
    of the staff posted what, nor why.
    """

    views: FineViews

    async def __call__(self, fine_id: UUID, *, only_of: UUID | None) -> FineInFull:
        fine = await self.views.fine(fine_id)
        if fine is None or only_of not in (None, fine.member_id):
            raise FineNotFound
        ledger = as_told(await self.views.postings(fine_id), only_of=only_of)
        return made_from(fine, FineInFull, ledger=ledger)
