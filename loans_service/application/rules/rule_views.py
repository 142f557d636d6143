"""Views of policies, in force, planned and simulated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of the table. `successor` is the version that comes into force next, None if none is planned."""

    version: int
    document: Mapping[str, Any]
    made_at: datetime
    successor: int | None


@dataclass(frozen=True, slots=True)
class SimulatedOutcomeView:
    """What a rule makes of a loan: `fine` and `rental` are money in minor units, or nothing."""

    rule: str
    loanable: bool
    due_at: datetime | None
    renewals: int
    fine: dict[str, int | str] | None
    rental: dict[str, int | str] | None
    suspended_days: int


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
    """What a policy would have made of past loans. `complete` is false when there were more than were looked at.

    `valid_from` is the day from which the policy is to count, null for at once: the loans are worked out all the same.
    """

    loans: int
    changed: int
    undecided: int
    changes: dict[str, int]
    samples: list[SimulatedLoanView]
    complete: bool
    valid_from: date | None = None
