"""Explain what a check-out would come to."""

from loans_service.application.lending.judge_check_out import CheckOutCopy, Judgement, ask_both, judge_check_out
from loans_service.application.lending.views import DecisionView, DueStepView, PolicyMatchView, RefusalView
from loans_service.application.neighbours import Catalogue, MemberDirectory
from loans_service.application.ports import UnitOfWork
from shared.kernel.clock import Clock


async def explain_check_out(
    command: CheckOutCopy, *, uow: UnitOfWork, catalogue: Catalogue, members: MemberDirectory, clock: Clock
) -> DecisionView:
    """Say what a check-out would come to, without lending anything.

    - The same questions are asked and the same rules applied as for the check-out, so that both come to the same.
    - The answer names the rule that matched and what it was matched by, every step to the due date, and all refusals.
    - `due_at` is null when something is unknown, or when no rule says until when.
    """
    answers = await ask_both(command, catalogue=catalogue, members=members)
    async with uow:
        view = _explained(await judge_check_out(command, answers, uow=uow, clock=clock, to_lend=False))
        await uow.commit(answer=view)
    return view


def _explained(judgement: Judgement) -> DecisionView:
    decision = judgement.decision
    due = None if decision is None else decision.due
    policy = None
    if decision is not None:
        rule = decision.rule
        matched = {"category": rule.category, "item_type": rule.item_type, "branch": rule.branch}
        policy = PolicyMatchView(rule.name, decision.terms.policy_version, matched)
    return DecisionView(
        allowed=not judgement.refusals,
        refusals=[RefusalView.of(each) for each in judgement.refusals],
        policy=policy,
        due_at=None if due is None else due.due_at,
        steps=[] if due is None else [DueStepView(each.step, each.due_at, each.reason) for each in due.steps],
    )
