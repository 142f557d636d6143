"""Try a policy on past loans."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from loans_service.application.lending.views import (
    PastLoans,
    RuleViews,
    SimulatedLoanView,
    SimulatedOutcomeView,
    SimulationView,
)
from loans_service.application.ports import UnitOfWork
from loans_service.application.rules.change_policy import read_proposal
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import Policy
from loans_service.domain.rules.policy_document import in_currency
from loans_service.domain.rules.simulation import Outcome, PastLoan, replay
from shared.kernel.clock import Clock

MOST_SAMPLES = 20
_LAST_MONTH = timedelta(days=30)
_LOANS_IN_A_ROW = 10


@dataclass(frozen=True, slots=True)
class SimulatePolicy:
    """A proposed table, and up to `most` loans to try it on: made from `since` (a month ago) until `until` (now)."""

    document: Mapping[str, Any]
    since: datetime | None
    until: datetime | None
    most: int


async def simulate_policy(
    command: SimulatePolicy, *, uow: UnitOfWork, rules: RuleViews, past: PastLoans, clock: Clock, currency: str
) -> SimulationView:
    """Say what a policy would have made of past loans, without putting it in force.

    - The table is checked just as if it were put in force.
    - Each loan is worked out under the version that it was made under and under the proposal, both from the day of the
      loan and by today's calendar. Counted are loans that would not have been lent or would have, that would have been
      due at another time, could have been renewed more or less often, or would have cost another fine.
    - Limits play no part: they depend on what else somebody had at that time. Newest loans first, up to `most`.
    """
    proposed, _ = read_proposal(in_currency(command.document, currency), currency=currency)
    now = clock.now()
    seen = _Seen()
    calendars: dict[str, Calendar] = {}
    versions: dict[int, Policy] = {}
    async for batch in past.batches(
        since=command.since or now - _LAST_MONTH, until=command.until or now, most=command.most
    ):
        for loan in batch:
            if loan.branch not in calendars:
                calendars[loan.branch] = await rules.calendar_at(loan.branch)
            version, calendar = loan.policy_version, calendars[loan.branch]
            if version not in versions:
                versions[version] = await rules.policy_at(version)
            seen.note(loan, replay(loan, made_under=versions[version], proposed=proposed, calendar=calendar))
            if seen.loans % _LOANS_IN_A_ROW == 0:
                await asyncio.sleep(0)  # a loan may be years late: let others in between
    view = seen.view(complete=seen.loans < command.most)
    async with uow:
        await uow.commit(answer=view)
    return view


class _Seen:
    """What the simulation has seen so far."""

    def __init__(self) -> None:
        self.loans = 0
        self._changed = 0
        self._undecided = 0
        self._changes: Counter[str] = Counter()
        self._samples: list[SimulatedLoanView] = []

    def note(self, loan: PastLoan, outcomes: tuple[Outcome, Outcome] | None) -> None:
        self.loans += 1
        if outcomes is None:
            self._undecided += 1
            return
        before, after = outcomes
        changes = list(before.changes(after))
        if not changes:
            return
        self._changed += 1
        self._changes.update(changes)
        if len(self._samples) < MOST_SAMPLES:
            self._samples.append(
                SimulatedLoanView(loan.loan_id, loan.checked_out_at, changes, _shown(before), _shown(after))
            )

    def view(self, *, complete: bool) -> SimulationView:
        return SimulationView(self.loans, self._changed, self._undecided, dict(self._changes), self._samples, complete)


def _shown(outcome: Outcome) -> SimulatedOutcomeView:
    fine = None if outcome.fine is None else outcome.fine.figures()
    return SimulatedOutcomeView(outcome.rule, outcome.loanable, outcome.due_at, outcome.renewals, fine)
