"""Queries for what prevents renewals, for many loans at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, case, func, select

from loans_service.domain.lending.loan import Loan
from loans_service.domain.rules.conditions import Particulars, aged
from loans_service.persistence.holds.holds import IS_SERVABLE, IS_WAITING, UNSERVED
from loans_service.persistence.lending.loans import WITH_VOLUME, loan_of
from loans_service.persistence.tables import holds, loans
from shared.persistence.database import Database

_SERVED = holds.c.copy_id.is_not(None)
_LOANS = WITH_VOLUME.where(loans.c.loan_id.in_(bindparam("loan_ids", expanding=True)))
_BOOKS = holds.c.book_id.in_(bindparam("book_ids", expanding=True))
_BORROWER = case((holds.c.member_id.in_(bindparam("borrowers", expanding=True)), holds.c.member_id)).label("borrower")
_WANTED = (holds.c.wanted_copy_id, holds.c.volume_key)
_AGED_AT = case((holds.c.member_age.is_not(None), holds.c.placed_at)).label("aged_at")
_OF_MEMBER = (holds.c.category, holds.c.member_branch, holds.c.pickup_branch, holds.c.member_age, _AGED_AT)
_QUEUES = (
    select(holds.c.book_id, *_WANTED, *_OF_MEMBER, _SERVED.label("served"), _BORROWER)
    .where(_BOOKS, IS_SERVABLE)
    .distinct()
)
_who = select(holds.c.book_id, holds.c.volume_key, _BORROWER).where(_BOOKS, IS_WAITING).subquery("who")
_WAITING = select(*_who.c, func.count().label("number")).group_by(*_who.c)
_RECALLED = (
    select(holds.c.recalled_loan_id)
    .join(loans, loans.c.loan_id == holds.c.recalled_loan_id)
    .where(
        holds.c.recalled_loan_id.in_(bindparam("loan_ids", expanding=True)),
        holds.c.member_id != loans.c.member_id,
        IS_SERVABLE,
        UNSERVED,
    )
)


@dataclass(frozen=True, slots=True)
class QueuePart:
    """A kind of waiting hold that could be served now: of which members, its book, and the copy or volume `wanted`.

    `served`: all of them have a target. `member_age` was theirs `aged_at` that moment, if a rule asks for it.
    `member_id` is set for a borrower among those looked up.
    """

    book_id: UUID
    wanted: UUID | str | None
    category: str
    member_branch: str | None
    pickup_branch: str | None
    served: bool
    member_id: UUID | None = None
    member_age: int | None = None
    aged_at: datetime | None = None

    def known(self, now: datetime) -> Particulars:
        """Return what rules may ask of the members."""
        return aged(Particulars(home_branch=self.member_branch, age=self.member_age), since=self.aged_at, until=now)

    def comes_before(self, loan: Loan) -> bool:
        """Return whether the copy of this loan would do for these holds, and they are not its borrower's."""
        copy = loan.copy
        would_do = self.book_id == copy.book_id and self.wanted in (None, copy.copy_id, copy.volume_key)
        return would_do and self.member_id != loan.member_id


@dataclass(frozen=True, slots=True)
class QueueLength:
    """How many wait for a book or one volume of it; `member_id` is as in QueuePart."""

    book_id: UUID
    volume_key: str | None
    member_id: UUID | None
    number: int

    def would_take(self, loan: Loan) -> bool:
        """Return whether others than its borrower wait for what the loan has."""
        copy = loan.copy
        wanted = self.book_id == copy.book_id and self.volume_key in (None, copy.volume_key)
        return wanted and self.member_id != loan.member_id


class RenewalQueries:
    """Looks up what prevents renewals, in one statement each for any number of loans and holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def loans_of_ids(self, loan_ids: Collection[UUID]) -> list[Loan]:
        """Return these loans as entities."""
        return [loan_of(row._asdict()) for row in await self._database.rows(_LOANS, loan_ids=[*loan_ids])]

    async def waiting(self, book_ids: Collection[UUID], borrowers: Collection[UUID]) -> Sequence[QueueLength]:
        """Return how many wait for each of these books; the given borrowers are counted separately."""
        found = await self._database.rows(_WAITING, book_ids=[*book_ids], borrowers=[*borrowers])
        return [QueueLength(row.book_id, row.volume_key, row.borrower, row.number) for row in found]

    async def queue_parts(
        self, book_ids: Collection[UUID], borrowers: Collection[UUID], *, now: datetime
    ) -> Sequence[QueuePart]:
        """Return the distinct kinds of waiting holds for these books; the given borrowers are separate."""
        found = await self._database.rows(_QUEUES, book_ids=[*book_ids], borrowers=[*borrowers], now=now)
        return [
            QueuePart(
                row.book_id,
                row.wanted_copy_id or row.volume_key,
                row.category,
                row.member_branch,
                row.pickup_branch,
                bool(row.served),
                row.borrower,
                row.member_age,
                row.aged_at,
            )
            for row in found
        ]

    async def recalled(self, loan_ids: Collection[UUID], *, now: datetime) -> frozenset[UUID]:
        """Return those loans that are recalled for another member's hold that could be served now."""
        found = await self._database.rows(_RECALLED, loan_ids=[*loan_ids], now=now)
        return frozenset(row.recalled_loan_id for row in found)
