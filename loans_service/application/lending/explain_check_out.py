"""Explain what a check-out would come to."""

from dataclasses import dataclass, replace

from loans_service.application.lending.ask_both import CheckOut, ask_both
from loans_service.application.lending.check_out_copy import refusals_of_not_found
from loans_service.application.lending.views import ChargeView, DecisionView, DueStepView, PolicyMatched, RuleMatched
from loans_service.application.neighbours import Catalogue, MemberDirectory
from loans_service.application.refusal_views import RefusalView
from loans_service.domain.lending.check_out import Answered, CheckOutAssessment, NotAllFound, assess
from loans_service.persistence.unit_of_work import LoansWorkFactory, UnitOfWork
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.receipts import Receipt


@refuses(NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ExplainCheckOut:
    """Say what a check-out would come to, without lending anything.

    - The same questions are asked and the same rules applied as for the check-out, so that both come to the same.
    - The answer names the rule that counts and what it was matched by, the rules that match, too (`passed_over`),
      every step to the due date, and all refusals. An item type outweighs the branch, and that the category.
    - `charges` is what the check-out costs: a rental or a deposit. `notes` are what staff would be told with it.
    - `due_at` is null when something is unknown, or when no rule says until when.
    """

    unit_of_work: LoansWorkFactory
    catalogue: Catalogue
    members: MemberDirectory

    async def __call__(self, command: CheckOut, receipt: Receipt | None = None) -> DecisionView:
        answers = await ask_both(command, self.catalogue, self.members)
        async with self.unit_of_work(receipt, by=command.by) as uow:
            view = await _explain(command, answers, uow)
            await uow.commit(answer=view)
        return view


async def _explain(command: CheckOut, answers: Answered | NotAllFound, uow: UnitOfWork) -> DecisionView:
    if isinstance(answers, NotAllFound):
        refusals = await refusals_of_not_found(answers, uow)
        return DecisionView(
            allowed=False, refusals=[*map(RefusalView.of, refusals)], policy=None, due_at=None, steps=[], charges=[]
        )
    view = _decision_view(assess(answers, await uow.facts.of_check_out(answers), command.terms))
    return replace(view, notes=answers.notes) if command.by_staff else view


def _decision_view(assessment: CheckOutAssessment) -> DecisionView:
    rule, due = RuleMatched.of(assessment.rule), assessment.due
    passed_over = [RuleMatched.of(each) for each in assessment.passed_over]
    return DecisionView(
        allowed=not assessment.refusals,
        refusals=[RefusalView.of(each) for each in assessment.refusals],
        policy=PolicyMatched(rule.name, rule.matched, assessment.terms.policy_version, passed_over),
        due_at=None if due is None else due.due_at,
        charges=[ChargeView(reason, amount) for reason, amount in assessment.charges],
        steps=[] if due is None else [DueStepView(each.step, each.due_at, each.reason) for each in due.steps],
    )
