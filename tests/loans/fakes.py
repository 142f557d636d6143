"""Stand-ins for what circulation needs from outside, kept in memory."""

import asyncio
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

from loans_service.application.ports import Circumstances, CopyKey, HouseRules, MemberKey
from loans_service.application.views import CalendarView, PolicyTableView
from loans_service.domain.borrower import MemberNotFound, OpenLoan, Standing
from loans_service.domain.lendable_copy import CopyNotFound, LendableCopy
from loans_service.domain.loan import Loan, LoanEvent
from loans_service.domain.policy import Policy
from shared.kernel.errors import NeighbourUnavailable
from tests.loans.makers import ALWAYS_OPEN, NOW, POLICY


class SteppingClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def pass_by(self, time: timedelta) -> None:
        self.time += time


class FakeCatalogue:
    """Books with the copies that a test puts in."""

    def __init__(self, *copies: LendableCopy) -> None:
        self.copies = list(copies)
        self.down = False
        self.questions = 0
        self.rendezvous: asyncio.Barrier | None = None

    async def lendable_copy(self, key: CopyKey) -> LendableCopy:
        self.questions += 1
        if self.rendezvous is not None:
            await self.rendezvous.wait()
        if self.down:
            raise NeighbourUnavailable("Books does not answer.")
        for copy in self.copies:
            if copy.copy_id == key.copy_id or (key.barcode is not None and copy.barcode == key.barcode.upper()):
                return copy
        raise CopyNotFound


class FakeMembers:
    """Members with the standings that a test puts in, by card number and by id."""

    def __init__(self, **by_card: Standing) -> None:
        self.by_card = dict(by_card)
        self.down = False
        self.questions = 0
        self.rendezvous: asyncio.Barrier | None = None

    async def standing(self, key: MemberKey) -> Standing:
        self.questions += 1
        if self.rendezvous is not None:
            await self.rendezvous.wait()
        if self.down:
            raise NeighbourUnavailable("Members does not answer.")
        for card, standing in self.by_card.items():
            if card == key.card_number or standing.member_id == key.member_id:
                return standing
        raise MemberNotFound


class FakeLoans:
    """All loans that were ever kept."""

    def __init__(self) -> None:
        self.kept: list[Loan] = []

    def add(self, loan: Loan) -> None:
        self.kept.append(loan)

    async def open_loans(self, *, copy_id: UUID, member_id: UUID | None = None) -> tuple[OpenLoan, ...]:
        return tuple(
            OpenLoan(loan.copy.copy_id, loan.member_id, loan.due_at, loan.copy.item_type)
            for loan in self.kept
            if loan.is_open and (loan.member_id == member_id or loan.copy.copy_id == copy_id)
        )

    async def latest_of(self, key: CopyKey) -> Loan | None:
        mine = [loan for loan in self.kept if loan.copy.copy_id == key.copy_id or loan.copy.barcode == key.barcode]
        return max(mine, key=lambda loan: loan.checked_out_at, default=None)


class FakeRulebook:
    """The rules that a test puts in."""

    def __init__(self, loans: FakeLoans) -> None:
        self.loans = loans
        self.rules = HouseRules(POLICY, ALWAYS_OPEN)

    async def circumstances(self, *, branch: str, copy_id: UUID, member_id: UUID) -> Circumstances:
        return Circumstances(self.rules, await self.loans.open_loans(copy_id=copy_id, member_id=member_id))

    async def in_force(self, *, branch: str) -> HouseRules:
        return self.rules

    async def policy(self, version: int) -> Policy:
        return self.rules.policy

    async def lock_to_change(self) -> None: ...

    async def newest_policy(self) -> PolicyTableView:
        raise NotImplementedError

    async def calendar(self, branch: str) -> CalendarView | None:
        raise NotImplementedError

    async def add_policy(self, table: PolicyTableView) -> None:
        raise NotImplementedError

    async def keep_calendar(self, calendar: CalendarView) -> None:
        raise NotImplementedError


class FakeUnitOfWork:
    """One memory for all transactions; `order` tells what was done in which order."""

    def __init__(self) -> None:
        self.loans = FakeLoans()
        self.rulebook = FakeRulebook(self.loans)
        self.order: list[str] = []
        self.events: list[LoanEvent] = []
        self.answers: list[object] = []

    async def __aenter__(self) -> Self:
        self.order.append("begin")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.order.append("end")

    async def lock_out_others(self, *, copy_id: UUID, member_id: UUID | None = None) -> None:
        self.order.append("lock")

    async def commit(self, *, answer: object | None = None) -> None:
        self.order.append("commit")
        self.answers.append(answer)
        for loan in self.loans.kept:
            self.events.extend(loan.take_events())
