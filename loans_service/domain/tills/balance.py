"""Whether the money adds up: the ledger of fines, what came and went at tills, and each drawer."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerSums:
    """What all fines come to, in minor units; `elsewhere` was paid in another system, or before there were tills.

    `owed` is what the fines say, the others come from their postings.
    """

    charged: int
    waived: int
    settled: int
    owed: int
    elsewhere: int

    @property
    def agrees(self) -> bool:
        """Whether what was charged and not forgiven is owed or settled."""
        return self.charged - self.waived == self.owed + self.settled


@dataclass(frozen=True, slots=True)
class MoneySums:
    """What was taken and given back at all tills by method, without credit, and what is due to members."""

    taken: Mapping[str, int]
    given_back: Mapping[str, int]
    due: int

    def agrees_with(self, ledger: LedgerSums) -> bool:
        """Whether what is settled was taken, and neither given back nor due."""
        came, went = sum(self.taken.values()) + ledger.elsewhere, sum(self.given_back.values())
        return ledger.settled == came - went - self.due


@dataclass(frozen=True, slots=True)
class DrawerSums:
    """The cash of one session of a till, from its count at the beginning. `drawer` is what is kept as the result."""

    till: str
    opening: int
    taken: int
    given: int
    moved: int
    differences: int
    drawer: int

    @property
    def agrees(self) -> bool:
        """Whether the parts come to the result."""
        return self.drawer == self.opening + self.taken - self.given + self.moved + self.differences


@dataclass(frozen=True, slots=True)
class Numbers:
    """The receipts of a till in a year: the last serial that was given, and how many there are."""

    till: str
    year: int
    last: int
    receipts: int

    @property
    def agrees(self) -> bool:
        """Whether no number is left out."""
        return self.last == self.receipts
