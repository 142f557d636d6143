"""Enter a loan that was made on paper."""

from dataclasses import dataclass, replace

from loans_service.application.holds.pass_copy_on import take_copy_out
from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.lending.check_out_copy import CheckOutCopy, Lent, lend_by
from loans_service.application.lending.check_out_offline import close_returned
from loans_service.application.lending.views import CheckOutView
from loans_service.domain.lending.backdating import BackdatedTerms, Backdating, CopyLentThen, InvalidLentAt
from loans_service.domain.lending.check_out import Answered, CheckOutFacts, assess
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.errors import refuse_if_any, refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.receipts import Receipt


@refuses(InvalidLentAt, CopyLentThen)
@dataclass(frozen=True, slots=True)
class BackdatedCheckOut:
    """With `lent_at`, staff enter afterwards what was lent on paper, and say why in `reason`; both go together.

    It is decided as of then, and refused as any check-out: staff may override what they could have overridden then. If
    the copy was returned at a desk since, the loan ends as returned at that moment; at the latest when the copy was
    lent again. Nobody of the staff dates back a loan of their own.
    """

    check_out: CheckOutCopy
    backdating: Backdating

    async def __call__(self, command: CheckOut, receipt: Receipt | None = None) -> CheckOutView:
        return await self.check_out.ask_and_lend(command, receipt, by=self._lend)

    async def _lend(self, answered: Answered, facts: CheckOutFacts, command: CheckOut, uow: UnitOfWork) -> Lent:
        then = replace(facts, now=self.backdating.moment(now=facts.now))
        lent_at = await uow.loans.out_since(answered.copy.copy_id, then.now)
        back_at = self.backdating.came_back(facts.scanned_at, lent_at=lent_at)
        if back_at is not None:
            then = replace(then, serves=None)  # it was captured after it came back
        why = self.backdating.why
        assessment = assess(answered, then, from_attributes(command.terms, BackdatedTerms, why=why))
        refuse_if_any(assessment.refusals)
        loan = lend_by(assessment, answered, then, uow)
        if back_at is None:
            fulfils, spoils = assessment.fulfils, assessment.spoils
            await take_copy_out(loan.copy, fulfils=fulfils, spoils=spoils, uow=uow, now=facts.now)
        else:
            await close_returned(loan, assessment, back_at=back_at, why=why, uow=uow, now=facts.now)
        return Lent(loan)
