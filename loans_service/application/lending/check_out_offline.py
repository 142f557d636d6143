"""Record what a machine lent while it was offline."""

from dataclasses import dataclass, replace
from datetime import datetime

from loans_service.application.holds.pass_copy_on import fulfil_hold, release_copy, take_copy_out
from loans_service.application.lending.ask_both import CheckOut, ask_both
from loans_service.application.lending.check_out_copy import CheckOutCopy, Lent, lend_by
from loans_service.application.lending.return_copy import end_loan
from loans_service.application.lending.views import CheckOutView
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.lending.check_out import Answered, CheckOutAssessment, CheckOutFacts, NotAllFound, assess
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.offline import InvalidOffline, Offline, OfflineTerms
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.errors import refusals_of, refuse_if_any, refuses, together
from shared.kernel.from_attributes import from_attributes
from shared.kernel.receipts import Receipt


@refuses(*refusals_of(CheckOutCopy), InvalidOffline)
@dataclass(frozen=True, slots=True)
class OfflineCheckOut:
    """With `offline`, a machine says afterwards what it has lent while it was offline.

    The copy is lent as of `at`, whatever staff could override, and whomever it was kept for. Somebody else's loan of it
    ends as returned then. If the copy was returned at a desk since, to whom it was not on loan, the loan ends as
    returned at that moment; at the latest when the copy was lent again.
    """

    check_out: CheckOutCopy
    offline: Offline

    async def __call__(self, command: CheckOut, receipt: Receipt | None = None) -> CheckOutView:
        answers = await ask_both(command, self.check_out.catalogue, self.check_out.members)
        if isinstance(answers, NotAllFound):
            raise together(answers.reasons)
        return await self.check_out.lend(answers, command, receipt, by=self._lend)

    async def _lend(self, answered: Answered, facts: CheckOutFacts, command: CheckOut, uow: UnitOfWork) -> Lent:
        """Lend the copy as of then: end another member's loan of it, and this one if the copy has come back since."""
        uow.offline = True
        at, borrower, now = self.offline.moment(now=facts.now), answered.standing.member_id, facts.now
        out = await uow.loans.open_of(answered.copy.copy_id)
        ended = out if out is not None and self.offline.ends(out, borrower, at=at) else None
        back_at = None
        if ended is None:
            again_at = await uow.loans.out_since(answered.copy.copy_id, at)
            back_at = self.offline.came_back(facts.scanned_at, at=at, lent=out, again_at=again_at)
        then = replace(facts, now=at)
        if ended is not None or back_at is not None:
            others = tuple(loan for loan in facts.open_loans if loan.copy_id != answered.copy.copy_id)
            then = replace(then, open_loans=others)
        if back_at is not None:
            then = replace(then, serves=None)  # it was captured after it came back
        assessment = assess(answered, then, from_attributes(command.terms, OfflineTerms, offline=self.offline))
        refuse_if_any(assessment.refusals)
        if ended is not None:
            await end_loan(ended, NextStop.SHELF, returned_at=at, why=self.offline.comment, uow=uow, now=now)
            ended.note_offline()
        loan = lend_by(assessment, answered, then, uow)
        loan.note_offline()
        if back_at is None:
            await take_copy_out(loan.copy, fulfils=assessment.fulfils, spoils=assessment.spoils, uow=uow, now=now)
        else:
            why, is_out = self.offline.comment, out is not None
            await close_returned(loan, assessment, back_at=back_at, why=why, is_out=is_out, uow=uow, now=now)
        return Lent(loan, ended)


async def close_returned(
    loan: Loan,
    assessment: CheckOutAssessment,
    *,
    back_at: datetime,
    why: str,
    uow: UnitOfWork,
    now: datetime,
    is_out: bool = False,
) -> None:
    """Close a loan that was entered after its copy came back; the copy stays where it is now, or with who has it."""
    copy = loan.copy
    uow.branch = None  # the desk that scanned it is another act's
    record = await uow.copies.record_of(copy)
    stop = NextStop.SHELF if is_out else record.next_stop
    await end_loan(loan, stop, returned_at=back_at, why=why, uow=uow, now=now)
    served_by = await fulfil_hold(copy, assessment.fulfils, uow=uow, now=now)
    if served_by is not None:
        await release_copy(served_by, uow=uow, now=now)
    if is_out:
        await uow.copies.republish_state(copy.copy_id, book_id=copy.book_id, now=now)
    else:
        record.republish(now=now)
