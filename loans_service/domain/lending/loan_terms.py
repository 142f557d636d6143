"""On what terms a loan was made: the rule that counted, and what staff overrode."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """The rule under which a loan was made, remembered for as long as the loan is, and the category of the borrower."""

    rule: str
    policy_version: int
    renewals_allowed: int
    category: str


@dataclass(frozen=True, slots=True)
class Override:
    """Refusals that somebody with the right to do so overrode, and why."""

    codes: tuple[str, ...]
    comment: str
