"""Look loans up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.find_owner import of_owner
from loans_service.application.lending.views import HistoryEntry, LoanFilter, LoanView, LoanViews
from loans_service.application.neighbours import MemberDirectory
from loans_service.application.told_to_borrowers import as_told
from loans_service.domain.lending.loan_refusals import LoanNotFound


async def show_loan(loan_id: UUID, *, only_of: UUID | None, views: LoanViews) -> LoanView:
    """Show one loan. With `only_of`, a loan of anybody else is as unknown as one that does not exist."""
    loan = await views.loan(loan_id)
    if loan is None or only_of not in (None, loan.member_id):
        raise LoanNotFound
    return loan


@dataclass(frozen=True, slots=True)
class ShowLoan:
    """Show one loan. With `only_of`, a loan of anybody else is as unknown as one that does not exist."""

    views: LoanViews

    async def __call__(self, loan_id: UUID, *, only_of: UUID | None) -> LoanView:
        return await show_loan(loan_id, only_of=only_of, views=self.views)


@dataclass(frozen=True, slots=True)
class ShowHistory:
    """Tell what happened to a loan, oldest first. Borrowers are not told which of the staff did what, nor why."""

    views: LoanViews

    async def __call__(self, loan_id: UUID, *, only_of: UUID | None) -> list[HistoryEntry]:
        loan = await show_loan(loan_id, only_of=only_of, views=self.views)
        return as_told(await self.views.history(loan.loan_id), only_of=only_of)


@dataclass(frozen=True, slots=True)
class ListLoans:
    """List loans, newest first. A card number that nobody has finds nothing; members is asked whose it is."""

    views: LoanViews
    members: MemberDirectory

    async def __call__(
        self, wanted: LoanFilter, *, card_number: str | None = None, limit: int, before: tuple[datetime, UUID] | None
    ) -> list[LoanView]:
        narrowed = await of_owner(wanted, card_number, self.members)
        return [] if narrowed is None else await self.views.loans(narrowed, limit=limit, before=before)
