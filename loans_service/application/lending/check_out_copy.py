"""Lend a copy to a member."""

from dataclasses import dataclass, replace
from datetime import datetime

from loans_service.application.holds.pass_copy_on import fulfil_hold, release_copy, take_copy_out
from loans_service.application.lending.ask_both import CheckOut, ask_both
from loans_service.application.lending.return_copy import end_loan
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import Catalogue, MemberDirectory
from loans_service.application.ports import OpensWork, UnitOfWork
from loans_service.domain.borrower import CardReplaced, MemberNotFound
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.lendable_copy import CopyNotFound
from loans_service.domain.lending.check_out import (
    AGAINST_CHECK_OUT,
    CheckOutAssessment,
    CheckOutFacts,
    Known,
    Unknown,
    assess,
)
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.no_block import InvalidNoBlock, NoBlock
from loans_service.domain.lending.override import OverrideForbidden
from loans_service.domain.lending.staff_only import StaffOnly
from shared.kernel.errors import LibraryError, NeighbourUnavailable, refuse_if_any, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@refuses(
    CopyNotFound,
    MemberNotFound,
    CardReplaced,
    *AGAINST_CHECK_OUT,
    OverrideForbidden,
    StaffOnly,
    InvalidNoBlock,
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
    - Every refusal is told, not just the first.
    - Staff may override refusals by naming their codes and a reason; never that the copy is on loan. `overridden` says
      which of the codes counted. What the policy does not lend at all then needs a due date.
    - With `no_block`, a machine that was on its own tells what it has done: the copy is lent as of `at`, whatever staff
      could override, and whomever it was kept for. Somebody else's loan of it ends as returned then. If the copy was
      returned at a desk since, to whom it was not on loan, the loan ends as returned at that moment.
    - A copy that counts as missing or lost is lent once it was scanned at a desk since, also before books has heard.
    """

    unit_of_work: OpensWork
    catalogue: Catalogue
    members: MemberDirectory

    async def __call__(self, command: CheckOut, receipt: Receipt | None = None) -> LoanView:
        no_block = command.no_block
        if no_block is not None:
            no_block.expect_right()
        answers = await ask_both(command, self.catalogue, self.members)
        async with self.unit_of_work(receipt, by=command.by) as uow:
            if isinstance(answers, Unknown):
                refuse_if_any(answers.reasons if no_block else ())
                refuse_if_any(await refusals_of_unknown(answers, uow))
                raise AssertionError("what is unknown is itself a refusal")
            known = await _locked(answers, uow)
            facts = await uow.facts.of_check_out(known)
            if no_block is None:
                loan = await _lend(known, facts, command, uow)
            else:
                loan = await _lend_as_done(no_block, known, facts, command, uow)
            view = LoanView.of(loan, now=facts.now)
            await uow.commit(answer=view)
        return view


async def refusals_of_unknown(answers: Unknown, uow: UnitOfWork) -> tuple[LibraryError, ...]:
    """Return everything against a check-out of which one half is unknown."""
    is_out = answers.copy is not None and await uow.loans.open_of(answers.copy.copy_id) is not None
    return answers.refusals(copy_is_out=is_out)


async def _lend(known: Known, facts: CheckOutFacts, command: CheckOut, uow: UnitOfWork) -> Loan:
    assessment = assess(known, facts, command.terms)
    refuse_if_any(assessment.refusals)
    loan = _lent(known, facts, assessment)
    uow.loans.add(loan)
    await take_copy_out(loan.copy, fulfils=assessment.fulfils, spoils=assessment.spoils, uow=uow, now=facts.now)
    return loan


async def _lend_as_done(
    no_block: NoBlock, known: Known, facts: CheckOutFacts, command: CheckOut, uow: UnitOfWork
) -> Loan:
    """Put on record what a machine has lent, whoever had the copy before, and whether or not it came back since."""
    at, borrower, now = no_block.moment(now=facts.now), known.standing.member_id, facts.now
    out = await uow.loans.open_of(known.copy.copy_id)
    ended = out if out is not None and no_block.ends(out, borrower, at=at) else None
    back_at = None if ended is not None else no_block.came_back(facts.scanned_at, at=at, lent=out)
    then = replace(facts, now=at)
    if ended is not None or back_at is not None:
        others = tuple(loan for loan in facts.open_loans if loan.copy_id != known.copy.copy_id)
        then = replace(then, open_loans=others)
    if back_at is not None:
        then = replace(then, serves=None)  # that it serves now, since it is back
    assessment = assess(known, then, command.terms)
    refuse_if_any(assessment.refusals)
    if ended is not None:
        await end_loan(ended, NextStop.SHELF, returned_at=at, why=_why(assessment), uow=uow, now=now)
        ended.note_no_block()
    loan = _lent(known, then, assessment)
    loan.note_no_block()
    uow.loans.add(loan)
    if back_at is None:
        await take_copy_out(loan.copy, fulfils=assessment.fulfils, spoils=assessment.spoils, uow=uow, now=now)
    else:
        await _close(loan, assessment, back_at=back_at, is_out=out is not None, uow=uow, now=now)
    return loan


async def _close(
    loan: Loan, assessment: CheckOutAssessment, *, back_at: datetime, is_out: bool, uow: UnitOfWork, now: datetime
) -> None:
    """Close a loan that is told of when its copy was back already: the copy stays where it is by now."""
    copy = loan.copy
    record = await uow.copies.record_of(copy)
    stop = NextStop.SHELF if is_out else record.next_stop
    await end_loan(loan, stop, returned_at=back_at, why=_why(assessment), uow=uow, now=now)
    served_by = await fulfil_hold(copy, assessment.fulfils, uow=uow, now=now)
    if served_by is not None:
        await release_copy(served_by, uow=uow, now=now)
    if is_out:
        await uow.copies.republish_state(copy.copy_id, book_id=copy.book_id, now=now)
    else:
        record.republish(now=now)


async def _locked(known: Known, uow: UnitOfWork) -> Known:
    """Keep others from this borrower and this book, and return what lending knows of the member besides."""
    leaving = await uow.lock(member_id=known.standing.member_id, book_id=known.copy.book_id)
    return replace(known, standing=known.standing.with_erasure_refusal(leaving=leaving))


def _why(assessment: CheckOutAssessment) -> str:
    return "" if assessment.override is None else assessment.override.comment


def _lent(known: Known, facts: CheckOutFacts, assessment: CheckOutAssessment) -> Loan:
    copy = known.copy
    return Loan(
        id=new_id(),
        copy=copy.as_circulating(),
        member_id=known.standing.member_id,
        branch=known.branch,
        now=facts.now,
        due_at=assessment.due_at,
        terms=assessment.terms,
        override=assessment.override,
        price=copy.price,
        timezone=copy.timezone,
    )
