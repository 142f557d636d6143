"""Lists of loans that the desk works off: those that are late, and those whose borrowers say that they are back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter, LoanOnList
from loans_service.domain.lending.loan_status import LoanStatus

LoanPlace = tuple[datetime, UUID]
"""Behind which loan a page begins: by when it was due or made, and its id."""

Listed = list[tuple[LoanPlace, LoanOnList]]
"""Loans, each behind its position in the list."""


@dataclass(frozen=True, slots=True)
class LoanLists:
    """Finds the rows of the working lists: those of `GET /v1/loans`, by the same conditions."""

    queries: LoanQueries

    async def overdue(self, filters: LoanFilter, *, days: int, after: LoanPlace | None, limit: int) -> Listed:
        """Return loans that have been late for so many days at least, the longest first."""
        late = replace(filters, overdue=True, due_until=filters.now - timedelta(days=days))
        found = await self.queries.to_work_off(late, order="due_at", after=after, limit=limit)
        return [((each.due_at, each.loan_id), each) for each in found]

    async def claims(self, filters: LoanFilter, *, after: LoanPlace | None, limit: int) -> Listed:
        """Return loans that were claimed returned, the oldest loan first."""
        claimed = replace(filters, status=LoanStatus.CLAIMED_RETURNED)
        found = await self.queries.to_work_off(claimed, order="checked_out_at", after=after, limit=limit)
        return [((each.checked_out_at, each.loan_id), each) for each in found]
