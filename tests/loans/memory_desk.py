"""Rules and desk in memory."""

from datetime import datetime
from uuid import UUID

from loans_service.application.lending.circumstances import CapturedElsewhere, Circumstances
from loans_service.application.lending.views import CalendarView, PolicyTableView
from loans_service.application.rules.circulation_rules import CirculationRules
from loans_service.domain.holds.hold_queue import Claim
from loans_service.domain.money import Money
from loans_service.domain.rules.policy import Policy
from tests.loans.makers import NOW
from tests.loans.memory import Memory
from tests.loans.memory_records import FakeCopies, FakeHolds, FakeLoans


class FakeRulebook:
    """The rules that a test puts in."""

    def __init__(self, memory: Memory) -> None:
        self.rules = memory.rules

    async def in_force(self, *, branch: str, timezone: str | None = None) -> CirculationRules:
        return self.rules

    async def policy(self, version: int) -> Policy:
        return self.rules.policy

    async def lock_to_change(self) -> None: ...

    async def newest_policy(self) -> PolicyTableView:
        return PolicyTableView(self.rules.policy.version, {}, NOW)

    async def calendar(self, branch: str) -> CalendarView | None:
        raise NotImplementedError

    async def add_policy(self, table: PolicyTableView) -> None:
        raise NotImplementedError

    async def keep_calendar(self, calendar: CalendarView) -> None:
        raise NotImplementedError


class FakeDesk:
    """What bears on a check-out, looked up in memory."""

    def __init__(self, memory: Memory, *, loans: FakeLoans, holds: FakeHolds, copies: FakeCopies) -> None:
        self.memory, self.loans, self.holds, self.copies = memory, loans, holds, copies

    async def circumstances(
        self, *, branch: str, timezone: str, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime
    ) -> Circumstances:
        loans = self.loans.bearing(copy_id=copy_id, member_id=member_id)
        held = self.holds.bearing(copy_id=copy_id, book_id=book_id, member_id=member_id, now=now)
        own = {hold.id: hold for hold in held if hold.member_id == member_id}
        owed = sum(fine.owed for fine in self.memory.fines.values() if fine.member_id == member_id)
        others = [hold.copy_id for hold in own.values() if hold.copy_id is not None and hold.copy_id != copy_id]
        away = self.memory.away.get(copy_id)
        return Circumstances(
            self.memory.rules,
            loans,
            tuple(Claim(hold.id, hold.member_id, hold.category, hold.copy_id) for hold in held),
            own,
            None if away is None else await self.copies.circulation_record_of(away.copy),
            await self._elsewhere(others[0], now) if others else None,
            Money(owed, "EUR") if owed else None,
        )

    async def _elsewhere(self, copy_id: UUID, now: datetime) -> CapturedElsewhere:
        lies = await self.copies.circulation_record_of(self.memory.away[copy_id].copy)
        _, queue = await self.holds.for_copy(lies.copy, now=now)
        return CapturedElsewhere(lies, self.memory.rules.calendar, queue)
