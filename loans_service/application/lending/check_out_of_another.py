"""Lend a copy that another member still has on loan."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from loans_service.application.holds.pass_copy_on import next_for
from loans_service.application.lending.ask_both import CheckOut, ask_both
from loans_service.application.lending.check_out_copy import CheckOutCopy, Lent, lend_now
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.return_copy import end_loan
from loans_service.application.lending.views import CheckOutView, LoanFilter
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.lending.check_out import Answered, CheckOutFacts, NotAllFound, ServedHold
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import together
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class CheckOutOfAnother:
    """With `return_first`, staff lend a copy that lies before them although another member has it on loan.

    That loan is returned, with its fines, and the copy lent, both or neither. Only the loan that was there when the
    request came is returned: if another desk was faster, the copy is on loan. So it is if the borrower has it already,
    or if it is lost or claimed returned. If the return would serve somebody else's hold, the copy is not lent: return
    it, and it is kept for them.
    """

    check_out: CheckOutCopy
    queries: LoanQueries
    clock: Clock

    async def __call__(self, command: CheckOut, receipt: Receipt | None = None) -> CheckOutView:
        answers = await ask_both(command, self.check_out.catalogue, self.check_out.members)
        if isinstance(answers, NotAllFound):
            raise together(answers.reasons)
        lent = LoanFilter(self.clock.now(), copy_id=answers.copy.copy_id, status=LoanStatus.OPEN)
        found = await self.queries.loans(lent, limit=1, before=None)
        seen = found[0].loan_id if found else None
        return await self.check_out.lend(answers, command, receipt, by=partial(_lend, seen))


async def _lend(
    seen: UUID | None, answered: Answered, facts: CheckOutFacts, command: CheckOut, uow: UnitOfWork
) -> Lent:
    """Return the loan that was `seen`, if it is still there and another member's, and lend the copy."""
    out, borrower, now = await uow.loans.open_of(answered.copy.copy_id), answered.standing.member_id, facts.now
    if out is None or out.id != seen or out.status is not LoanStatus.OPEN or out.member_id == borrower:
        return await lend_now(answered, facts, command, uow)
    copy = out.copy
    others = tuple(loan for loan in facts.open_loans if loan.copy_id != copy.copy_id)
    facts = replace(facts, now=max(now, out.checked_out_at), open_loans=others)
    waiting = await next_for(copy, facts.policy, branch=out.branch, uow=uow, now=now)
    if waiting is not None and waiting.member_id != borrower:
        facts = replace(facts, serves=ServedHold(waiting.id, waiting.member_id, captured=True))
    lent = await lend_now(answered, facts, command, uow)
    await end_loan(out, NextStop.SHELF, returned_at=facts.now, why="", uow=uow, now=facts.now)
    return replace(lent, ended=out)
