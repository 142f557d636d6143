"""Forget at once what somebody borrowed."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.domain.lending.loan_refusals import LoanNotFound
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class HistoryToForget:
    """Whose closed loans; only this one where `loan_id` names it."""

    member_id: UUID
    loan_id: UUID | None = None


@refuses(LoanNotFound)
@dataclass(frozen=True, slots=True)
class ForgetHistory:
    """Make one's closed loans and ended holds anonymous now, or one of the loans.

    Loans that are open, or for which money is owed, stay as they are.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, command: HistoryToForget, receipt: Receipt | None = None) -> int:
        async with self.unit_of_work(receipt) as uow:
            forgotten = await uow.erasure_requests.forget_history(
                command.member_id, loan_id=command.loan_id, now=self.clock.now()
            )
            if command.loan_id is not None and not forgotten:
                raise LoanNotFound
            await uow.commit(answer=forgotten)
        return forgotten
