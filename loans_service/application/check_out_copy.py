"""Lend a copy to a member."""

from loans_service.application.judge_check_out import CheckOutCopy, ask_both, judge_check_out
from loans_service.application.neighbours import Catalogue, MemberDirectory
from loans_service.application.pass_copy_on import let_go
from loans_service.application.ports import UnitOfWork
from loans_service.application.views import LoanView
from loans_service.domain.check_out import AtTheDesk, Decision
from loans_service.domain.loan import Loan, Override
from shared.kernel.clock import Clock
from shared.kernel.errors import refuse_if_any
from shared.kernel.ids import new_id


async def check_out_copy(
    wish: CheckOutCopy, *, uow: UnitOfWork, catalogue: Catalogue, members: MemberDirectory, clock: Clock
) -> LoanView:
    """Check a copy out to a member.

    - Books says whether the copy may be lent, members whether the member may borrow; both are asked at once, before
      anything is changed. When one of them does not answer, nothing happens.
    - Borrowers are served one after the other, and a copy is never on loan twice, however many desks try.
    - Every refusal is told, not just the first.
    - Staff may set refusals aside by naming their codes and a reason; never that the copy is on loan. What the policy
      does not lend at all then needs a due date.
    """
    answers = await ask_both(wish, catalogue=catalogue, members=members)
    async with uow:
        judgement = await judge_check_out(wish, answers, uow=uow, clock=clock, to_lend=True)
        refuse_if_any(judgement.refusals)
        if judgement.desk is None or judgement.decision is None:
            raise AssertionError("an unknown copy or member is itself a refusal")
        loan = _lend(judgement.desk, judgement.decision, wish.override)
        uow.loans.add(loan)
        await _take_from_queue(judgement.desk, judgement.decision, uow)
        view = LoanView.of(loan)
        await uow.commit(answer=view)
    return view


def _lend(desk: AtTheDesk, decision: Decision, override: Override | None) -> Loan:
    copy = desk.copy
    return Loan.check_out(
        id=new_id(),
        copy=copy.as_circulating(),
        member_id=desk.standing.member_id,
        branch=desk.branch,
        now=desk.now,
        due_at=decision.due_at,
        terms=decision.terms,
        override=override,
        price=copy.price,
    )


async def _take_from_queue(desk: AtTheDesk, decision: Decision, uow: UnitOfWork) -> None:
    """Fulfil the hold that the copy fulfils, and note that the copy left the hold shelf or its way.

    Another copy that was set aside for that hold passes on.
    """
    copy_id = desk.copy.copy_id
    if desk.away:
        await uow.copies.go_out(copy_id)
    hold = None if decision.fulfils is None else await uow.holds.get(decision.fulfils)
    if hold is None:
        return
    hold.fulfil(now=desk.now)
    if hold.copy_id not in (None, copy_id):
        await let_go(hold.copy_id, uow=uow, now=desk.now)
