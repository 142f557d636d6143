"""Transactions in memory: quick, and strict about what a change must come with."""

from types import TracebackType
from typing import Self
from uuid import UUID

from tests.loans.memory import Memory, Told
from tests.loans.memory_desk import FakeDesk, FakeRulebook
from tests.loans.memory_records import FakeCopies, FakeErasureRequests, FakeFines, FakeHolds, FakeLoans


class FakeUnitOfWork:
    """One transaction after the other on one memory; `order` tells what was done in which order."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.order: list[str] = []
        self.answers: list[object] = []

    @property
    def events(self) -> list[Told]:
        """All that was told."""
        return self.memory.told

    async def __aenter__(self) -> Self:
        await self.memory.one_at_a_time.acquire()
        self.order.append("begin")
        self.loans, self.holds, self.copies = FakeLoans(self.memory), FakeHolds(self.memory), FakeCopies(self.memory)
        self.fines = FakeFines(self.memory)
        self.rulebook = FakeRulebook(self.memory)
        self.desk = FakeDesk(self.memory, loans=self.loans, holds=self.holds, copies=self.copies)
        self.erasure_requests = FakeErasureRequests(self.memory)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.order.append("end")
        self.memory.one_at_a_time.release()

    async def first_time(self, *, listener: str, message_id: str) -> bool:
        new = (listener, message_id) not in self.memory.heard
        self.memory.heard.add((listener, message_id))
        return new

    async def lock(self, *, book_id: UUID, member_id: UUID | None = None) -> bool:
        self.order.append("lock")
        return member_id in self.memory.leaving

    async def commit(self, *, answer: object | None = None) -> None:
        self.order.append("commit")
        self.answers.append(answer)
        for things in (self.loans.seen.keep(), self.holds.seen.keep(), self.copies.keep(), self.fines.seen.keep()):
            for thing in things:
                self.memory.told += thing.take_events()
