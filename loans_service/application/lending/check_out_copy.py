"""Lend a copy to a member."""

from datetime import datetime
from uuid import UUID

from loans_service.application.holds.pass_copy_on import turns_by
from loans_service.application.lending.circumstances import Circumstances
from loans_service.application.lending.judge_check_out import CheckOutCopy, ask_both, judge_check_out
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import Catalogue, MemberDirectory
from loans_service.application.ports import UnitOfWork
from loans_service.application.rules.circulation_rules import CirculationRules
from loans_service.domain.lending.check_out import AtTheDesk, Decision
from loans_service.domain.lending.loan import Loan, Override
from shared.kernel.clock import Clock
from shared.kernel.errors import refuse_if_any
from shared.kernel.ids import new_id


async def check_out_copy(
    command: CheckOutCopy, *, uow: UnitOfWork, catalogue: Catalogue, members: MemberDirectory, clock: Clock
) -> LoanView:
    """Check a copy out to a member.

    - Books says whether the copy may be lent, members whether the member may borrow; both are asked at once, before
      anything is changed. When one of them does not answer, nothing happens.
    - Borrowers are served one after the other, and a copy is never on loan twice, however many desks try.
    - Every refusal is told, not just the first.
    - Staff may override refusals by naming their codes and a reason; never that the copy is on loan. What the policy
      does not lend at all then needs a due date.
    """
    answers = await ask_both(command, catalogue=catalogue, members=members)
    async with uow:
        judgement = await judge_check_out(command, answers, uow=uow, clock=clock, to_lend=True)
        refuse_if_any(judgement.refusals)
        if judgement.desk is None or judgement.decision is None or judgement.seen is None:
            raise AssertionError("an unknown copy or member is itself a refusal")
        loan = _lend(judgement.desk, judgement.decision, command.override)
        uow.loans.add(loan)
        _take_from_queue(judgement.seen, judgement.decision.fulfils, now=judgement.desk.now)
        view = LoanView.of(loan)
        await uow.commit(answer=view)
    return view


def _lend(desk: AtTheDesk, decision: Decision, override: Override | None) -> Loan:
    copy = desk.copy
    return Loan(
        id=new_id(),
        copy=copy.as_circulating(),
        member_id=desk.standing.member_id,
        branch=desk.branch,
        now=desk.now,
        due_at=decision.due_at,
        terms=decision.terms,
        override=override,
        price=copy.price,
        timezone=copy.timezone,
    )


def _take_from_queue(seen: Circumstances, fulfils: UUID | None, *, now: datetime) -> None:
    """Fulfil the hold that the copy fulfils, and note that the copy left the hold shelf or its way.

    Another copy that was captured for that hold passes on.
    """
    if seen.away is not None:
        seen.away.go_out()
    hold = None if fulfils is None else seen.own[fulfils]
    if hold is not None:
        hold.fulfil(now=now)
    if hold is None or seen.other is None:
        return
    other = seen.other
    copy, rules = other.record.copy, CirculationRules(seen.rules.policy, other.calendar)
    if hold.copy_id == copy.copy_id:
        lends = rules.policy.lends(copy.item_type, branch=copy.home_branch)
        other.record.release(turns_by(rules, other.queue.first_for(copy.copy_id, lends=lends, now=now), now=now))
