"""Try a policy on past loans."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from loans_service.application.rules.change_policy import read_proposal
from loans_service.application.rules.queries import PastLoans, RuleQueries
from loans_service.application.rules.rule_views import SimulatedLoanView, SimulatedOutcomeView, SimulationView
from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import InvalidPolicy, Policy
from loans_service.domain.rules.policy_document import in_currency
from loans_service.domain.rules.trials.policy_case import PolicyCaseFails
from loans_service.domain.rules.trials.simulation import PastLoan, SimulatedLoan, replay
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt

MOST_SAMPLES = 20
_LAST_MONTH = timedelta(days=30)
_LOANS_IN_A_ROW = 10


@dataclass(frozen=True, slots=True)
class Simulation:
    """A proposed table, and up to `most` loans to try it on: made from `since` (a month ago) until `until` (now)."""

    document: Mapping[str, Any]
    since: datetime | None
    until: datetime | None
    most: int


@refuses(InvalidPolicy, PolicyCaseFails)
@dataclass(frozen=True, slots=True)
class SimulatePolicy:
    """Say what a policy would have made of past loans, without putting it in force.

    - The table is checked just as if it were put in force, but for words that nobody knows.
    - Each loan is worked out under the version that it was made under and under the proposal, both from the day of the
      loan and by today's calendar. Counted are loans that would not have been lent or would have, that would have been
      due at another time, could have been renewed more or less often, or would have cost another fine, another rental
      or another suspension; and those whose rule says something else of what may happen to a loan: `renewal_terms`,
      `recall`, `when_others_wait`, `holds`, `after_return`, `reminders`, `deposit`, `lost`, `notes`, `self_check_out`,
      `suspension_terms`.
    - Location of the copy, home branch and age of the member are not kept with a loan: a rule that asks for them counts
      for the loans that were made under a rule of this name.
    - Limits play no part: they depend on what else somebody had at that time. Newest loans first, up to `most`.
    """

    unit_of_work: LoansWorkFactory
    rules: RuleQueries
    past: PastLoans
    clock: Clock
    currency: str

    async def __call__(self, command: Simulation, receipt: Receipt | None = None) -> SimulationView:
        proposed, _ = read_proposal(in_currency(command.document, self.currency), currency=self.currency)
        tally, replayed = _Tally(), _Replayed(self.rules, proposed)
        now, found = self.clock.now(), 0
        async for batch in self.past.batches(
            since=command.since or now - _LAST_MONTH, until=command.until or now, most=command.most + 1
        ):
            found += len(batch)
            for loan in batch[: command.most - tally.loans]:
                tally.note(loan, await replayed.outcomes_of(loan))
                if tally.loans % _LOANS_IN_A_ROW == 0:
                    await asyncio.sleep(0)  # a loan may be years late: let other tasks run in between
        view = tally.view(
            complete=found <= command.most, valid_from=proposed.valid_from
        )  # one more than requested was read to find out
        async with self.unit_of_work(receipt) as uow:
            await uow.commit(answer=view)
        return view


class _Replayed:
    """Computes the outcomes of past loans, and caches policies and calendars."""

    def __init__(self, rules: RuleQueries, proposed: Policy) -> None:
        self._rules = rules
        self._proposed = proposed
        self._calendars: dict[str, Calendar] = {}
        self._versions: dict[int, Policy] = {}

    async def outcomes_of(self, loan: PastLoan) -> tuple[SimulatedLoan, SimulatedLoan] | None:
        version, branch = loan.policy_version, loan.branch
        if branch not in self._calendars:
            self._calendars[branch] = (await self._rules.in_force(branch=branch)).calendar
        if version not in self._versions:
            self._versions[version] = await self._rules.policy_at(version)
        made_under, calendar = self._versions[version], self._calendars[branch]
        return replay(loan, made_under=made_under, proposed=self._proposed, calendar=calendar)


class _Tally:
    """The counts of the simulation so far."""

    def __init__(self) -> None:
        self.loans = 0
        self._changed = 0
        self._undecided = 0
        self._changes: Counter[str] = Counter()
        self._samples: list[SimulatedLoanView] = []

    def note(self, loan: PastLoan, outcomes: tuple[SimulatedLoan, SimulatedLoan] | None) -> None:
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
                SimulatedLoanView(
                    loan.loan_id, loan.checked_out_at, changes, _outcome_view(before), _outcome_view(after)
                )
            )

    def view(self, *, complete: bool, valid_from: date | None) -> SimulationView:
        changes = dict(self._changes)
        return SimulationView(
            self.loans, self._changed, self._undecided, changes, self._samples, complete, valid_from=valid_from
        )


def _outcome_view(outcome: SimulatedLoan) -> SimulatedOutcomeView:
    fine, rental = (None if owed is None else owed.figures() for owed in (outcome.fine, outcome.rental))
    return SimulatedOutcomeView(
        outcome.rule, outcome.loanable, outcome.due_at, outcome.renewals, fine, rental, outcome.suspended_days
    )
