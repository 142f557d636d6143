"""Asks lending whether what a message says still holds, over HTTP."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from members_service.domain.notices.circulation import BranchNow, Circulation, FineNow, HoldNow, LoanNow, Question
from shared.outgoing_http import Neighbour

_MOST = 100  # of each kind in one question


class _Loan(BaseModel):
    loan_id: UUID
    status: str
    due_at: datetime
    owed: int = 0
    renewable: bool | None = None


class _Hold(BaseModel):
    hold_id: UUID
    status: str
    pickup_branch: str | None
    pickup_until: datetime | None


class _Fine(BaseModel):
    fine_id: UUID
    owed: int


class _Branch(BaseModel):
    branch: str
    timezone: str | None = None
    hours_today: str | None
    next_open_day: date | None


class _Facts(BaseModel):
    loans: list[_Loan]
    holds: list[_Hold]
    fines: list[_Fine]
    branches: list[_Branch]


class _Borrowers(BaseModel):
    members: list[UUID]


class LoansOverHttp:
    """Implements `ports.Lending`, and `Borrowing` of privacy."""

    def __init__(self, loans: Neighbour) -> None:
        self._loans = loans

    async def circulation(self, question: Question) -> Circulation:
        asked = {
            "loans": _parts(question.loans),
            "holds": _parts(question.holds),
            "fines": _parts(question.fines),
            "branches": _parts(question.branches),
        }
        loans, holds, fines = dict[UUID, LoanNow](), dict[UUID, HoldNow](), dict[UUID, FineNow]()
        branches = dict[str, BranchNow]()
        for number in range(max(map(len, asked.values()))):
            some = {name: parts[number] for name, parts in asked.items() if number < len(parts)}
            facts = await self._loans.ask("/v1/circulation-facts", some, _Facts)
            loans |= {one.loan_id: LoanNow(one.status, one.due_at, one.owed, one.renewable) for one in facts.loans}
            holds |= {one.hold_id: HoldNow(one.status, one.pickup_branch, one.pickup_until) for one in facts.holds}
            fines |= {one.fine_id: FineNow(one.owed) for one in facts.fines}
            branches |= {one.branch: _opening(one) for one in facts.branches}
        return Circulation(loans, holds, fines, branches)

    async def borrowers(self, member_ids: Collection[UUID]) -> frozenset[UUID]:
        found = set[UUID]()
        for some in _parts(member_ids):
            found.update((await self._loans.ask("/v1/circulation-facts", {"members": some}, _Borrowers)).members)
        return frozenset(found)


def _opening(branch: _Branch) -> BranchNow:
    try:
        zone = None if branch.timezone is None else ZoneInfo(branch.timezone)
    except (ValueError, ZoneInfoNotFoundError):  # another system's clock knows more places
        zone = None
    return BranchNow(branch.hours_today, branch.next_open_day, zone)


def _parts(things: Iterable[UUID] | Iterable[str]) -> list[list[str]]:
    """Return the things as texts, as many at once as may be asked about."""
    texts = sorted(map(str, things))
    return [texts[start : start + _MOST] for start in range(0, len(texts), _MOST)]
