"""Check a copy out to a member."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from loans_service.application.holds.pass_copy_on import take_copy_out
from loans_service.application.lending.amendments.charge_borrower import charge
from loans_service.application.lending.ask_both import CheckOut, ask_both
from loans_service.application.lending.views import CheckOutView, LoanView
from loans_service.application.neighbours import Catalogue, MemberDirectory
from loans_service.domain.borrower import CardReplaced, CardStopped, GuardianNotFound, MemberNotFound
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.lendable_copy import CopyNotFound
from loans_service.domain.lending.check_out import (
    AGAINST_CHECK_OUT,
    Answered,
    CheckOutAssessment,
    CheckOutFacts,
    NotAllFound,
    SelfCheckOutOff,
    assess,
)
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.override import OverrideForbidden
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.rights import LEND, OVERRIDE
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.errors import LibraryError, NeighbourUnavailable, refuse_if_any, refuses, together
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Lent:
    """The loan that was made, and that of another member which ended for it, if there was one."""

    loan: Loan
    ended: Loan | None = None


Lend = Callable[[Answered, CheckOutFacts, CheckOut, UnitOfWork], Awaitable[Lent]]
"""Decides by the answers and the stored facts, and makes the loan. Raises the refusals."""


@refuses(
    CopyNotFound,
    MemberNotFound,
    CardReplaced,
    CardStopped,
    GuardianNotFound,
    *AGAINST_CHECK_OUT,
    OverrideForbidden,
    StaffOnly,
    SelfCheckOutOff,
    FourEyes,
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class CheckOutCopy:
    """Check a copy out to a member.

    - Books says whether the copy may be lent, members whether the member may borrow; both are asked at once, before
      anything is changed. When one of them does not answer, nothing happens.
    - Borrowers are served one after the other, and a copy is never on loan twice, however many desks try.
    - A copy that is kept for somebody else's hold is never lent; one that is only to be pulled for it is, if staff
      override that. Any other copy is lent to anybody, however many wait for the book, and fulfils the member's own
      hold.
    - With `acting_for` a guardian or proxy, named by the own card, borrows for that member: the loan and its limits are
      the member's, and the history of the loan says who acted. Who may only `collect` gets what is ready for a hold.
    - Every refusal is told, not just the first.
    - Staff may override refusals by naming their codes and a reason; never that the copy is on loan. `overridden` says
      which of the codes counted. What the policy does not lend at all then needs a due date.
    - What the rule charges for borrowing (`rental`), and its `deposit`, is owed from then on.
    - A copy that counts as missing or lost is lent once it was scanned at a desk since, also before books has heard.
    - Where the rule says so (`confirm_notes`), staff confirm what is noted of the copy (`notes_confirmed`), and the
      history says what they have confirmed; until then it is not lent.
    - Members who have signed in lend themselves what the rule lets them (`self_check_out`), and name nobody; the
      history says so. Nothing that is for staff is for them, and the branch is always the copy's own.
    - `notes` are what staff have written of the copy, and of the member for desks of this branch. Staff who have signed
      in are told; a machine, which borrowers read, is not.
    """

    unit_of_work: LoansWorkFactory
    catalogue: Catalogue
    members: MemberDirectory

    async def __call__(self, command: CheckOut, receipt: Receipt | None = None) -> CheckOutView:
        return await self.ask_and_lend(command, receipt, by=lend_now)

    async def ask_and_lend(self, command: CheckOut, receipt: Receipt | None, *, by: Lend) -> CheckOutView:
        """Ask both neighbours, and lend what they know; `by` decides, and makes the loan."""
        answers = await ask_both(command, self.catalogue, self.members)
        if isinstance(answers, NotAllFound):
            async with self.unit_of_work(receipt, by=command.by) as uow:
                raise together(await refusals_of_not_found(answers, uow))
        return await self.lend(answers, command, receipt, by=by)

    async def lend(self, answered: Answered, command: CheckOut, receipt: Receipt | None, *, by: Lend) -> CheckOutView:
        """Lend a copy in one transaction; `by` decides, and makes the loan."""
        async with self.unit_of_work(receipt, by=command.by) as uow:
            answered = await _locked(answered, uow)
            uow.branch = answered.branch
            if not command.by_self:
                authorise(LEND, answered.branch)
            if command.override is not None:
                authorise(OVERRIDE, answered.branch)
            facts = await uow.facts.of_check_out(answered)
            lent = await by(answered, facts, command, uow)
            notes = answered.notes if command.by_staff else ()
            view = CheckOutView.with_notes(LoanView.of(lent.loan, now=facts.now), notes, lent.ended)
            await uow.commit(answer=view)
        return view


async def refusals_of_not_found(answers: NotAllFound, uow: UnitOfWork) -> tuple[LibraryError, ...]:
    """Return every reason against a check-out whose copy or member was not found."""
    is_out = answers.copy is not None and await uow.loans.open_of(answers.copy.copy_id) is not None
    return answers.refusals(copy_is_out=is_out)


async def lend_now(answered: Answered, facts: CheckOutFacts, command: CheckOut, uow: UnitOfWork) -> Lent:
    """Lend the copy by these facts. Raises the refusals."""
    assessment = assess(answered, facts, command.terms)
    refuse_if_any(assessment.refusals)
    loan = lend_by(assessment, answered, facts, uow)
    await take_copy_out(loan.copy, fulfils=assessment.fulfils, spoils=assessment.spoils, uow=uow, now=facts.now)
    return Lent(loan)


async def _locked(answered: Answered, uow: UnitOfWork) -> Answered:
    """Lock borrower and book, and return the answers with the refusal of a member who is leaving."""
    leaving = await uow.lock(member_id=answered.standing.member_id, book_id=answered.copy.book_id)
    return replace(answered, standing=answered.standing.with_erasure_refusal(leaving=leaving))


def lend_by(assessment: CheckOutAssessment, answered: Answered, facts: CheckOutFacts, uow: UnitOfWork) -> Loan:
    """Make the loan that the assessment allows, as of the moment of its facts, and charge what it costs."""
    loan = _loan_of(answered, facts, assessment)
    uow.loans.add(loan)
    for reason, amount in assessment.charges:
        charge(loan, reason, amount, uow=uow, now=facts.now)
    return loan


def _loan_of(answered: Answered, facts: CheckOutFacts, assessment: CheckOutAssessment) -> Loan:
    copy = answered.copy
    return Loan(
        id=new_id(),
        number=facts.next_number,
        copy=copy.as_circulating(),
        member_id=answered.standing.member_id,
        branch=answered.branch,
        now=facts.now,
        due_at=assessment.due_at,
        terms=assessment.terms,
        override=assessment.override,
        has_deposit=assessment.takes_deposit,
        price=copy.price,
        timezone=copy.timezone,
        location=copy.location,
        acted_by=None if answered.standing.acted_by is None else answered.standing.acted_by.member_id,
        confirmed=assessment.confirmed,
    )
