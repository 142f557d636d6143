"""The rules that apply at a branch."""

from dataclasses import dataclass

from loans_service.domain.rules.calendar import Calendar
from loans_service.domain.rules.policy import Policy

NO_BRANCH = ""
"""The branch of what belongs to none: the policy is that of the library, and so is the clock; no day is closed."""


@dataclass(frozen=True, slots=True)
class CirculationRules:
    """The rules that apply at one branch: the policy in force and the branch's calendar."""

    policy: Policy
    calendar: Calendar
