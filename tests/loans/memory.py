"""A library's records in memory, and what one transaction sees of them."""

import asyncio
from copy import copy as copied
from typing import Generic, TypeVar
from uuid import UUID

from loans_service.application.rules.circulation_rules import CirculationRules
from loans_service.domain.circulating_copy import AvailabilityChanged
from loans_service.domain.fines.fine import Fine, FineEvent
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold, HoldEvent
from loans_service.domain.lending.loan import Loan, LoanEvent
from loans_service.domain.privacy.erasure import BorrowerCleared
from tests.loans.makers import ALWAYS_OPEN, POLICY

Told = LoanEvent | HoldEvent | AvailabilityChanged | FineEvent | BorrowerCleared
Thing = TypeVar("Thing", Loan, Hold, Fine)


class Memory:
    """What a library has on record, and all that was told. Each transaction works on copies of its own."""

    def __init__(self) -> None:
        self.loans: dict[UUID, Loan] = {}
        self.holds: dict[UUID, Hold] = {}
        self.away: dict[UUID, CirculationRecord] = {}
        self.fines: dict[UUID, Fine] = {}
        self.told: list[Told] = []
        self.leaving: dict[UUID, UUID | None] = {}
        self.latest_news: dict[UUID, int] = {}
        self.cleared: list[UUID] = []
        self.heard: set[tuple[str, str]] = set()
        self.rules = CirculationRules(POLICY, ALWAYS_OPEN)
        self.one_at_a_time = asyncio.Lock()

    def keep(self, loan: Loan) -> Loan:
        """Put a loan on record that was made before the test begins."""
        loan.take_events()
        self.loans[loan.id] = loan
        return loan


class Seen(Generic[Thing]):
    """What one transaction has loaded or added, and how it was before."""

    def __init__(self, kept: dict[UUID, Thing]) -> None:
        self._kept: dict[UUID, Thing] = kept
        self._seen: dict[UUID, Thing] = {}

    def add(self, thing: Thing) -> None:
        self._seen[thing.id] = thing

    def load(self, thing_id: UUID) -> Thing | None:
        if thing_id not in self._seen and thing_id in self._kept:
            self._seen[thing_id] = copied(self._kept[thing_id])
            self._seen[thing_id]._events = []
        return self._seen.get(thing_id)

    def all(self) -> list[Thing]:
        return [found for thing_id in {*self._kept, *self._seen} if (found := self.load(thing_id)) is not None]

    def keep(self) -> list[Thing]:
        """Write back what changed. Whatever changes has a new version, or nobody would notice."""
        for thing_id, thing in self._seen.items():
            before = self._kept.get(thing_id)
            assert before is None or (_facts(before) == _facts(thing)) == (before.version == thing.version)
            self._kept[thing_id] = thing
        return list(self._seen.values())


def _facts(thing: Loan | Hold | Fine) -> dict[str, object]:
    return {name: fact for name, fact in vars(thing).items() if name not in {"_events", "version"}}
