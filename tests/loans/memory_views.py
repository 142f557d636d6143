"""What is shown of the records in memory, and what the timed work finds there."""

from datetime import datetime
from uuid import UUID

from loans_service.application.holds.hold_views import (
    CopyAwayView,
    HoldFilter,
    HoldView,
    PullListItem,
    QueuePlace,
    QueueView,
    version_of,
)
from loans_service.application.lending.views import DueItem, HistoryEntry, LoanFilter, LoanView
from loans_service.domain.holds.hold_queue import HoldQueue
from tests.loans.memory import Memory


class FakeDue:
    """Finds all that is open, for the rules to choose from; forgets nobody."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def to_remind(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        loans = [loan for loan in self._memory.loans.values() if loan.is_open] if beyond is None else []
        return [DueItem(loan.id, loan.copy.book_id, loan.due_at) for loan in loans]

    async def to_expire(self, *, now: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        holds = [hold for hold in self._memory.holds.values() if hold.is_active] if beyond is None else []
        return [DueItem(hold.id, hold.book_id, hold.placed_at) for hold in holds]

    async def to_give_up(self, *, overdue_since: datetime, beyond: UUID | None, limit: int) -> list[DueItem]:
        return await self.to_remind(now=overdue_since, beyond=beyond, limit=limit)

    async def forget(self, *, returned_before: datetime, now: datetime, limit: int) -> int:
        return 0


class FakeLoanViews:
    """Shows the loans on record."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def loan(self, loan_id: UUID) -> LoanView | None:
        loan = self._memory.loans.get(loan_id)
        return None if loan is None else LoanView.of(loan)

    async def loans(self, wanted: LoanFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[LoanView]:
        raise NotImplementedError

    async def history(self, loan_id: UUID) -> list[HistoryEntry]:
        raise NotImplementedError


class FakeHoldViews:
    """Shows the holds on record."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def hold(self, hold_id: UUID) -> HoldView | None:
        hold = self._memory.holds.get(hold_id)
        return None if hold is None else HoldView.of(hold)

    async def queue(self, book_id: UUID, *, limit: int, after: QueuePlace | None) -> QueueView:
        waiting = HoldQueue(hold for hold in self._memory.holds.values() if hold.book_id == book_id).holds
        shown = tuple(HoldView.of(hold, position=place) for place, hold in enumerate(waiting, 1))
        assert after is None
        assert len(shown) <= limit
        return QueueView(book_id, shown, len(shown), version_of(hold.id for hold in waiting), reached=None)

    async def holds(self, wanted: HoldFilter, *, limit: int, before: tuple[datetime, UUID] | None) -> list[HoldView]:
        raise NotImplementedError

    async def away(
        self, status: str, branch: str | None, *, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[CopyAwayView]:
        raise NotImplementedError

    async def wanted(
        self, branch: str, *, now: datetime, limit: int, after: tuple[UUID, UUID] | None
    ) -> list[PullListItem]:
        raise NotImplementedError
