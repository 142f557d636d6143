"""Look up loans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.find_owner import of_owner
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import HistoryEntry, LoanFilter, LoanOrder, LoanView
from loans_service.application.neighbours import MemberDirectory
from loans_service.application.visible_to_borrowers import visible_entries
from loans_service.domain.borrower import CardReplaced, CardStopped
from loans_service.domain.lending.loan_refusals import LoanNotFound
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.rights import SEE_HISTORY
from loans_service.persistence.lending.late_loans import LateLoans
from loans_service.persistence.merged_records import MergedRecords
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, NeighbourUnavailable, refuses
from shared.kernel.rights import RightMissing, authorise, is_authorised

_GOING_ON = frozenset({LoanStatus.OPEN, LoanStatus.CLAIMED_RETURNED, LoanStatus.LOST})


async def show_loan(loan_id: UUID, *, only_of: UUID | None, queries: LoanQueries) -> LoanView:
    """Show one loan. With `only_of`, a loan of anybody else is as unknown as one that does not exist."""
    loan = await queries.loan(loan_id)
    if loan is None or only_of not in (None, loan.member_id):
        raise LoanNotFound
    if loan.returned_at is not None:
        authorise(SEE_HISTORY, unless_own=loan.member_id)
    return loan


@refuses(LoanNotFound)
@dataclass(frozen=True, slots=True)
class ShowLoan:
    """Show one loan. With `only_of`, a loan of anybody else is as unknown as one that does not exist."""

    queries: LoanQueries
    late_loans: LateLoans
    clock: Clock

    async def __call__(self, loan_id: UUID, *, only_of: UUID | None) -> LoanView:
        loan = await show_loan(loan_id, only_of=only_of, queries=self.queries)
        (shown,) = await with_fines([loan], self.late_loans, now=self.clock.now())
        return shown


async def with_fines(listed: Sequence[LoanView], late_loans: LateLoans, *, now: datetime) -> list[LoanView]:
    """Return these loans with what the late ones would cost by now."""
    accruing = await late_loans.accruing_of([loan.loan_id for loan in listed if loan.overdue], now=now)
    return [replace(loan, accruing=accruing.get(loan.loan_id)) for loan in listed]


@refuses(LoanNotFound)
@dataclass(frozen=True, slots=True)
class ShowHistory:
    """Tell what happened to a loan, oldest first. Borrowers are not told which of the staff did what, nor why."""

    queries: LoanQueries

    async def __call__(self, loan_id: UUID, *, only_of: UUID | None) -> list[HistoryEntry]:
        loan = await show_loan(loan_id, only_of=only_of, queries=self.queries)
        entries = await self.queries.history(loan.loan_id)
        if only_of is not None:
            entries = [replace(entry, confirmed=None) for entry in entries]
        return visible_entries(entries, only_of=only_of)


class SortNeedsMember(InvalidValue):
    """The loans of everybody are listed newest first, whatever is asked for."""

    code = "sort-needs-member"
    detail = "Only the loans of one member can be sorted. Name the member, or leave sort out."
    field = "sort"


@dataclass(frozen=True, slots=True)
class LoanPage:
    """A page of loans; `total` is set if they are those of one member."""

    loans: list[LoanView]
    total: int | None


@refuses(CardReplaced, CardStopped, SortNeedsMember, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ListLoans:
    """List loans. A card number that nobody has finds nothing; members is asked whose it is.

    Without the right `see_history` only open ones are listed, unless another status is asked for that is not over.
    """

    queries: LoanQueries
    members: MemberDirectory
    merged: MergedRecords
    late_loans: LateLoans

    async def __call__(
        self,
        filters: LoanFilter,
        *,
        card_number: str | None = None,
        limit: int,
        before: tuple[datetime | str, UUID] | None,
        order: LoanOrder = "-checked_out_at",
    ) -> LoanPage:
        narrowed = await of_owner(filters, card_number, self.members, self.merged)
        if narrowed is None:
            return LoanPage([], 0)
        if narrowed.member_id is None and order != "-checked_out_at":
            raise SortNeedsMember
        if narrowed.status not in _GOING_ON and not is_authorised(SEE_HISTORY):
            if narrowed.status is not None:
                raise RightMissing(SEE_HISTORY.name)
            narrowed = replace(narrowed, status=LoanStatus.OPEN)
        found = await self.queries.loans(narrowed, limit=limit, before=before, order=order)
        found = await with_fines(found, self.late_loans, now=narrowed.now)
        return LoanPage(found, None if narrowed.member_id is None else await self.queries.count(narrowed))
