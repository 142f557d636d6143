"""Look loans up."""

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


async def show_history(loan_id: UUID, *, only_of: UUID | None, views: LoanViews) -> list[HistoryEntry]:
    """Tell what happened to a loan, oldest first. Borrowers are not told which of the staff did what, nor why."""
    loan = await show_loan(loan_id, only_of=only_of, views=views)
    return as_told(await views.history(loan.loan_id), only_of=only_of)


async def list_loans(
    wanted: LoanFilter,
    *,
    card_number: str | None,
    limit: int,
    before: tuple[datetime, UUID] | None,
    views: LoanViews,
    members: MemberDirectory,
) -> list[LoanView]:
    """List loans, newest first. A card number that nobody has finds nothing; members is asked whose it is."""
    narrowed = await of_owner(wanted, card_number, members)
    return [] if narrowed is None else await views.loans(narrowed, limit=limit, before=before)
