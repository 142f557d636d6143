"""What moving in needs from outside: many records at once, where desks look at one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.placing import Wanted
from loans_service.domain.lending.loan import Loan


@dataclass(frozen=True, slots=True)
class CameBefore:
    """What a record became that came before, and a digest of what it said."""

    thing_id: UUID
    digest: UUID


@dataclass(frozen=True, slots=True)
class BookKey:
    """How a file names a book: exactly one of the three. `external_id` is the key that the other system had for it."""

    isbn: str | None = None
    book_id: str | None = None
    external_id: str | None = None


class Titles(Protocol):
    """Books, asked about a title."""

    async def wanted(self, key: BookKey) -> Wanted:
        """Return what somebody waits for who waits for this book. Raises BookNotFound, or NeighbourUnavailable."""
        ...


class FormerRecords(Protocol):
    """What is on record of many things at once. Lock others out before reading what a rule looks at."""

    async def came_before(self, what: str, keys: Collection[UUID]) -> dict[UUID, CameBefore]:
        """Return those of these records that came before, by their keys."""
        ...

    def note(self, what: str, key: UUID, record: CameBefore) -> None:
        """Remember what a record became, in place of what was remembered of it."""
        ...

    async def lock(self, *, member_ids: Collection[UUID], book_ids: Collection[UUID]) -> frozenset[UUID]:
        """Keep others from these borrowers and from the copies and queues of these books; return who is leaving."""
        ...

    async def open_loans_of(self, copy_ids: Collection[UUID]) -> dict[UUID, Loan]:
        """Return the open loans of these copies, by copy."""
        ...

    async def open_loans_by(self, member_ids: Collection[UUID]) -> Sequence[OpenLoan]:
        """Return what these members have on loan, without what is claimed returned."""
        ...

    async def lent_to(self, member_ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[UUID, UUID]]]:
        """Return book and copy of each open loan of these members."""
        ...

    async def away(self, copies: Collection[CirculatingCopy], *, now: datetime) -> Mapping[UUID, CirculationRecord]:
        """Return where these copies are, as books describes them now; of those at home nothing is on record yet."""
        ...

    async def active_holds(self, *, book_ids: Collection[UUID], member_ids: Collection[UUID]) -> list[Hold]:
        """Return the active holds for these books, and those of these members, in the order of their queues."""
        ...

    async def owed_by(self, member_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """Return how much these members owe, in minor units."""
        ...
