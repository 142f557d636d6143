"""Say how loans, holds and charges stand now, so that no notice says what has ended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from loans_service.application.lending.renewals.queries import RenewalQueries
from loans_service.application.notices.queries import CirculationFactQueries
from loans_service.domain.lending.renewal import is_renewable
from loans_service.domain.rules.calendar import Calendar, NoOpenDay
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class LoanFact:
    """How a loan stands, what is owed for it, and whether a renewal is left; None where others wait."""

    loan_id: UUID
    status: str
    due_at: datetime
    owed: int
    renewable: bool | None


@dataclass(frozen=True, slots=True)
class HoldFact:
    """How a hold stands."""

    hold_id: UUID
    status: str
    pickup_branch: str | None
    pickup_until: datetime | None


@dataclass(frozen=True, slots=True)
class FineFact:
    """What is still owed of a charge, in minor units."""

    fine_id: UUID
    owed: int


@dataclass(frozen=True, slots=True)
class OpeningFact:
    """When a branch is open: today, if at all, and on which day next; days are those of its zone."""

    branch: str
    timezone: str
    hours_today: str | None
    next_open_day: date | None


@dataclass(frozen=True, slots=True)
class CirculationFacts:
    """How things stand. What is not on record any more is left out."""

    loans: tuple[LoanFact, ...] = ()
    holds: tuple[HoldFact, ...] = ()
    fines: tuple[FineFact, ...] = ()
    branches: tuple[OpeningFact, ...] = ()
    members: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about."""

    loans: Collection[UUID] = ()
    holds: Collection[UUID] = ()
    fines: Collection[UUID] = ()
    branches: Collection[str] = ()
    members: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class ShowCirculationFacts:
    """Say how loans, holds and charges stand, when branches are open, and which members borrow or have borrowed.

    - Members asks this of what a message is about, just before it is sent; and of whom an import brought, before they
      are taken back. Of those it is answered who has, or had, a loan, a hold or a charge.
    - What is not on record any more is left out.
    """

    queries: CirculationFactQueries
    renewals: RenewalQueries
    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, asked: Asked) -> CirculationFacts:
        loans = await self._loans(asked.loans)
        holds = [HoldFact(*row) for row in await self.queries.holds(asked.holds)]
        fines = [FineFact(*row) for row in await self.queries.fines(asked.fines)]
        branches, members = await self._branches(asked.branches), await self.queries.borrowers(asked.members)
        return CirculationFacts(tuple(loans), tuple(holds), tuple(fines), branches, tuple(members))

    async def _loans(self, ids: Collection[UUID]) -> list[LoanFact]:
        found = await self.renewals.loans_of_ids(ids) if ids else []
        if not found:
            return []
        books, borrowers = {loan.copy.book_id for loan in found}, {loan.member_id for loan in found}
        waiting = await self.renewals.waiting(books, borrowers)
        recalled = await self.renewals.recalled(ids, now=self.clock.now())
        owed = await self.queries.owed_for(ids)
        return [
            LoanFact(
                loan.id,
                loan.status,
                loan.due_at,
                owed.get(loan.id, 0),
                is_renewable(
                    loan, others_wait=any(one.would_take(loan) for one in waiting), recalled=loan.id in recalled
                ),
            )
            for loan in found
        ]

    async def _branches(self, codes: Collection[str]) -> tuple[OpeningFact, ...]:
        if not codes:
            return ()
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            calendars = {code: (await uow.rulebook.in_force(branch=code)).calendar for code in codes}
        return tuple(_opening(code, calendar, now) for code, calendar in calendars.items())


def _opening(code: str, calendar: Calendar, now: datetime) -> OpeningFact:
    today = calendar.day_of(now)
    try:
        next_day = calendar.open_day_after(today, number=1)
    except NoOpenDay:
        next_day = None
    return OpeningFact(code, calendar.zone.key, calendar.hours_in_words(today), next_day)
