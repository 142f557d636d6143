"""On what terms a loan was made: the rule that applied, and what staff overrode."""

from dataclasses import dataclass

from loans_service.domain.rules.reminders import Reminders


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """The rule under which a loan was made, remembered for as long as the loan is, and the category of the borrower.

    `reminders` are those of the rule; None: the usual ones. `age_band` is all that figures know of the borrower's age.
    """

    rule: str
    policy_version: int
    renewals_allowed: int
    category: str
    reminders: Reminders = None
    age_band: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """The codes of the refusals that staff override, and why."""

    codes: tuple[str, ...]
    comment: str
