"""Say what a hold would come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from loans_service.application.holds.placing.ask_all import AskAll, NewHold
from loans_service.application.holds.placing.assess_hold import assess_hold, expect_rights, settle_pickup
from loans_service.application.refusal_views import RefusalView
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.holds.placing import MemberNotNamed
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.lending.override import OverrideForbidden
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NeighbourUnavailable, NotFound, Refusals, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import RightMissing


@dataclass(frozen=True, slots=True)
class HoldDecisionView:
    """Whether a hold would be placed, and everything that speaks against it."""

    allowed: bool
    refusals: list[RefusalView]


@refuses(MemberNotNamed, OverrideForbidden, FourEyes, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ExplainHold:
    """Say what placing a hold would come to, without placing any.

    - The same questions are asked and the same rules applied as for the hold itself, so that both come to the same.
    - What is unknown (the book, the copy, the member, the pickup branch) is a refusal among the others; so is a right
      that is missing (`right-missing`).
    """

    unit_of_work: LoansWorkFactory
    ask_all: AskAll
    clock: Clock

    async def __call__(self, command: NewHold, receipt: Receipt | None = None) -> HoldDecisionView:
        refusals: Sequence[LibraryError]
        try:
            answers = await self.ask_all(command)
        except (NotFound, UnknownBranch) as unknown:
            answers, refusals = None, [unknown]
        except Refusals as unknown:
            answers, refusals = None, unknown.refusals
        async with self.unit_of_work(receipt, by=command.by) as uow:
            if answers is not None:
                answers, rules = await settle_pickup(answers, uow)
                refusals = await assess_hold(command, answers, answers.standing, rules, uow=uow, clock=self.clock)
                try:
                    expect_rights(command, answers)
                except RightMissing as missing:
                    refusals = [missing, *refusals]
            view = HoldDecisionView(not refusals, [RefusalView.of(each) for each in refusals])
            await uow.commit(answer=view)
        return view
