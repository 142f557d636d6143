"""Policies, calendars and simulations as they are shown, and who fetches them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import Policy
from loans_service.domain.rules.simulation import PastLoan


@dataclass(frozen=True, slots=True)
class CirculationRules:
    """What counts at one branch: the policy in force and the branch's calendar."""

    policy: Policy
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class PolicyTableView:
    """One version of the whole policy, as a document of plain values."""

    version: int
    document: Mapping[str, Any]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarView:
    """The calendar of a branch, as a document of plain values. `branch` is in capitals."""

    branch: str
    version: int
    document: Mapping[str, Any]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SimulatedOutcomeView:
    """What a rule makes of a loan: `fine` is money in minor units, or nothing."""

    rule: str
    loanable: bool
    due_at: datetime | None
    renewals: int
    fine: dict[str, int | str] | None


@dataclass(frozen=True, slots=True)
class SimulatedLoanView:
    """A past loan that would have come to something else."""

    loan_id: UUID
    checked_out_at: datetime
    changes: list[str]
    before: SimulatedOutcomeView
    after: SimulatedOutcomeView


@dataclass(frozen=True, slots=True)
class SimulationView:
    """What a policy would have made of past loans. `complete` is false when there were more than were looked at."""

    loans: int
    changed: int
    undecided: int
    changes: dict[str, int]
    samples: list[SimulatedLoanView]
    complete: bool


class RuleViews(Protocol):
    """Fetches policies and calendars to show."""

    async def policy(self, version: int | None) -> PolicyTableView:
        """Return this version, or the newest for None. Raises PolicyNotFound."""
        ...

    async def calendar(self, branch: str) -> CalendarView | None: ...

    async def policy_at(self, version: int) -> Policy:
        """Return the policy that a loan names. Raises PolicyNotFound."""
        ...

    async def in_force(self, *, branch: str, timezone: str | None = None) -> CirculationRules:
        """Return what counts at a branch now; see `Rulebook.in_force`."""
        ...


class PastLoans(Protocol):
    """All loans that were ever made, for those who ask about many."""

    def batches(self, *, since: datetime, until: datetime, most: int) -> AsyncIterator[list[PastLoan]]:
        """Yield up to `most` loans that were made between two moments, newest first, some hundred at a time."""
        ...
