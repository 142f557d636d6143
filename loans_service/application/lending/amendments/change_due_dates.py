"""Set another due date for many loans."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from loans_service.application.lending.amendments.amend_loan import ChangeDueDate, DueDateChange
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter, LoanView
from loans_service.application.refusal_views import RefusalView
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.rules.due_date import InvalidDueDate, requested_due_date
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, refuses
from shared.kernel.receipts import Receipt

MOST_CHANGED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDatesChange:
    """Which loans are due when instead, and why. A `dry_run` changes nothing; `by_member` is whose account `by` is."""

    where: LoanFilter
    due_at: datetime
    why: str = ""
    dry_run: bool = False
    by: str = SYSTEM
    by_member: UUID | None = None


@dataclass(frozen=True, slots=True)
class ChangedDueDate:
    """A loan that is due then instead, or would be; or why it is not."""

    line: int
    loan_id: UUID
    barcode: str
    title: str
    member_id: UUID
    was_due_at: datetime
    due_at: datetime
    refusal: RefusalView | None


@dataclass(frozen=True, slots=True)
class DueDatesView:
    """What became of each loan, the first that was lent at the end. `more`: others match, too; ask once more."""

    dry_run: bool
    results: list[ChangedDueDate] = field(default_factory=list)
    more: bool = False


@refuses(InvalidDueDate)
@dataclass(frozen=True, slots=True)
class ChangeDueDates:
    """Set another due date for all open loans that match, or with `dry_run` say for which.

    - Each loan is changed by itself, as by a request of its own: one that is refused stops no other. Lost copies and
      claimed returns are left out, as are loans that are due then already.
    - Up to 500 loans are changed at once, the newest first; `more` says whether there are others: repeat the request
      with another key.
    - Nobody of the staff changes the due date of a loan of their own.
    """

    unit_of_work: LoansWorkFactory
    queries: LoanQueries
    change_due_date: ChangeDueDate
    clock: Clock

    async def __call__(self, command: DueDatesChange, receipt: Receipt | None = None) -> DueDatesView:
        now = self.clock.now()
        due_at = requested_due_date(command.due_at, now=now).due_at
        where = replace(command.where, now=now, status=LoanStatus.OPEN, not_due_at=due_at)
        found = await self.queries.loans(where, limit=MOST_CHANGED + 1, before=None)
        results = [
            ChangedDueDate(
                line=number,
                loan_id=loan.loan_id,
                barcode=loan.barcode,
                title=loan.title,
                member_id=loan.member_id,
                was_due_at=loan.due_at,
                due_at=due_at,
                refusal=await self._change(loan, due_at, command),
            )
            for number, loan in enumerate(found[:MOST_CHANGED])
        ]
        view = DueDatesView(command.dry_run, results, more=len(found) > MOST_CHANGED)
        async with self.unit_of_work(receipt, by=command.by) as uow:
            await uow.commit(answer=view)
        return view

    async def _change(self, loan: LoanView, due_at: datetime, command: DueDatesChange) -> RefusalView | None:
        try:
            if not command.dry_run:
                await self.change_due_date(
                    DueDateChange(
                        loan.loan_id,
                        command.why,
                        command.by,
                        command.by_member,
                        loan.version,
                        due_at=due_at,
                    )
                )
            elif command.by_member == loan.member_id:
                return RefusalView.of(FourEyes())
        except LibraryError as refused:
            return RefusalView.of(refused)
        return None
