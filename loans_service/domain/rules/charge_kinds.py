"""What is charged for: by lending itself, by members, and by hand."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from loans_service.domain.rules.known_words import alike
from shared.kernel.errors import InvalidValue

CHARGED_BY_LOANS = ("overdue", "lost", "processing")
"""What loans charge for automatically; none of these may be a kind of charge by hand."""

FEES = ("enrolment", "membership")
"""What a membership costs, as members says. A policy may have charges by hand of the same name."""

CHARGE_KINDS = ("damage", "card", "fee")
"""The default kinds of charges that staff make by hand."""


class UnknownChargeKind(InvalidValue):
    """The policy knows no such kind of charge."""

    code = "unknown-charge-kind"
    field = "kind"
    example: ClassVar = {"kind": "damages", "kinds": ["damage", "card", "fee"]}

    def __init__(self, kind: str, *, kinds: Iterable[str]) -> None:
        known = list(kinds)
        super().__init__(
            "The policy knows no such kind of charge. Choose one of those given here, or add it to the policy.",
            kinds=known,
            did_you_mean=alike(kind, known),
        )


def kind_problems(kinds: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the place of each kind of charge by hand that cannot be one, and why."""
    seen: set[str] = set()
    for place, kind in enumerate(kinds):
        if kind in seen:
            yield place, "This kind of charge is named twice."
        if kind in CHARGED_BY_LOANS:
            yield place, "Loans charge for this by themselves. Choose another word."
        seen.add(kind)
