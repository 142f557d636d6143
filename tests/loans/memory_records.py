"""The records of circulation in memory, as one transaction finds them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from loans_service.application.consistency.consistency_views import CopyState
from loans_service.application.neighbours import CopyKey
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.fines.fine import Fine
from loans_service.domain.holds.circulation_record import CirculationRecord, CirculationStatus
from loans_service.domain.holds.hold import Hold, HoldStatus
from loans_service.domain.holds.hold_queue import HoldQueue, QueueEnd, QueueOrder
from loans_service.domain.lending.loan import Loan
from loans_service.domain.privacy.erasure import BorrowerCleared, OpenObligations
from tests.loans.memory import Memory, Seen


class FakeLoans:
    """All loans on record."""

    def __init__(self, memory: Memory) -> None:
        self.seen: Seen[Loan] = Seen(memory.loans)
        self.add = self.seen.add

    def _open(self) -> list[Loan]:
        return [loan for loan in self.seen.all() if loan.is_open]

    def bearing(self, *, copy_id: UUID, member_id: UUID) -> tuple[OpenLoan, ...]:
        return tuple(
            OpenLoan(loan.copy.copy_id, loan.member_id, loan.due_at, loan.copy.item_type)
            for loan in self._open()
            if loan.copy.copy_id == copy_id or (loan.member_id == member_id and loan.claimed_at is None)
        )

    async def open_copies_of(self, member_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
        mine = [loan.copy for loan in self._open() if loan.member_id == member_id]
        return tuple((copy.book_id, copy.copy_id) for copy in mine)

    async def get(self, loan_id: UUID) -> Loan | None:
        return self.seen.load(loan_id)

    async def open_of(self, copy_id: UUID) -> Loan | None:
        return next((loan for loan in self._open() if loan.copy.copy_id == copy_id), None)


class FakeHolds:
    """All holds on record."""

    def __init__(self, memory: Memory) -> None:
        self.seen: Seen[Hold] = Seen(memory.holds)
        self.add = self.seen.add

    async def get(self, hold_id: UUID) -> Hold | None:
        return self.seen.load(hold_id)

    def _waiting(self, book_id: UUID) -> list[Hold]:
        waiting = [hold for hold in self.seen.all() if hold.book_id == book_id and hold.status is HoldStatus.WAITING]
        return sorted(waiting, key=lambda hold: hold.order)

    async def end_of_queue(self, book_id: UUID) -> QueueEnd:
        waiting = self._waiting(book_id)
        return QueueEnd(len(waiting), waiting[-1].order if waiting else 0)

    async def position_of(self, hold: Hold) -> int:
        return self._waiting(hold.book_id).index(hold) + 1

    async def order_of_queue(self, book_id: UUID) -> QueueOrder:
        return QueueOrder(tuple((hold.id, hold.order) for hold in self._waiting(book_id)))

    async def reorder(self, places: Mapping[UUID, int]) -> None:
        for hold in await self.of_ids(list(places)):
            hold.order = places[hold.id]
            hold.version += 1

    async def of_ids(self, hold_ids: Sequence[UUID]) -> list[Hold]:
        return [hold for hold_id in hold_ids if (hold := self.seen.load(hold_id)) is not None]

    async def for_copy(self, copy: CirculatingCopy, *, now: datetime) -> tuple[Hold | None, HoldQueue]:
        here = (hold for hold in self.seen.all() if hold.is_active and hold.copy_id == copy.copy_id)
        return next(here, None), self._part(copy, now=now, behind=-1)

    async def further_for(self, copy: CirculatingCopy, *, behind: Hold, now: datetime) -> HoldQueue:
        return self._part(copy, now=now, behind=behind.order)

    def _part(self, copy: CirculatingCopy, *, now: datetime, behind: int) -> HoldQueue:
        """Return one at a time, so that whoever looks further is seen."""
        wanting = [hold for hold in self._waiting(copy.book_id) if hold.wants(copy.copy_id, now=now)]
        return HoldQueue([hold for hold in wanting if hold.order > behind][:1])

    async def active_of(self, member_id: UUID) -> list[Hold]:
        return [hold for hold in self.seen.all() if hold.is_active and hold.member_id == member_id]

    def bearing(self, *, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime) -> list[Hold]:
        def bears(hold: Hold) -> bool:
            other_copy = hold.copy_id is not None and hold.member_id == member_id and hold.wanted_copy_id is None
            return hold.wants(copy_id, now=now) or (hold.is_active and (hold.copy_id == copy_id or other_copy))

        of_book = sorted((hold for hold in self.seen.all() if hold.book_id == book_id), key=lambda hold: hold.order)
        return [hold for hold in of_book if bears(hold)]


class FakeFines:
    """The fines on record."""

    def __init__(self, memory: Memory) -> None:
        self.seen = Seen(memory.fines)

    def add(self, fine: Fine) -> None:
        self.seen.add(fine)

    async def get(self, fine_id: UUID) -> Fine | None:
        return self.seen.load(fine_id)

    async def of_loan(self, loan_id: UUID) -> list[Fine]:
        return [fine for fine in self.seen.all() if fine.loan_id == loan_id]


class FakeCopies:
    """All copies that circulation has seen."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.seen: dict[UUID, CirculationRecord] = {}

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        known: list[CirculationRecord | Loan] = [*self._memory.away.values(), *self._memory.loans.values()]
        return next(
            (each.copy for each in known if key in (CopyKey(each.copy.copy_id), CopyKey(None, each.copy.barcode))), None
        )

    async def circulation_record_of(self, copy: CirculatingCopy) -> CirculationRecord:
        if copy.copy_id not in self.seen:
            away = self._memory.away.get(copy.copy_id)
            facts = (
                {} if away is None else {name: getattr(away, name) for name in ("status", "branch", "hold_id", "since")}
            )
            self.seen[copy.copy_id] = CirculationRecord(copy, **facts)
        return self.seen[copy.copy_id]

    async def republish_state(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        raise NotImplementedError

    def keep(self) -> list[CirculationRecord]:
        for copy_id, found in self.seen.items():
            self._memory.away.pop(copy_id, None)
            if found.status is not CirculationStatus.HOME:
                self._memory.away[copy_id] = found
        return list(self.seen.values())


class FakeErasureRequests:
    """Who leaves, by which request; kept at once, since no test takes it back."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def note(self, member_id: UUID, *, leaving_id: UUID | None, sequence: int) -> None:
        if sequence > self._memory.latest_news.get(member_id, -1):
            self._memory.latest_news[member_id] = sequence
            self._memory.leaving[member_id] = leaving_id

    async def keep_history(self, member_id: UUID, *, keep: bool) -> None:
        raise NotImplementedError

    async def waiting(self, *, most: int) -> list[UUID]:
        return [
            one for one, leaving_id in self._memory.leaving.items() if leaving_id not in (None, *self._memory.cleared)
        ][:most]

    async def lock(self, member_id: UUID) -> UUID | None:
        leaving_id = self._memory.leaving.get(member_id)
        return None if leaving_id in self._memory.cleared else leaving_id

    async def open_obligations(self, member_id: UUID) -> OpenObligations:
        loans = [loan for loan in self._memory.loans.values() if loan.is_open and loan.member_id == member_id]
        holds = [hold for hold in self._memory.holds.values() if hold.is_active and hold.member_id == member_id]
        owed = [fine for fine in self._memory.fines.values() if fine.owed and fine.member_id == member_id]
        return OpenObligations(len(loans), len(holds), len(owed))

    async def anonymise(self, cleared: BorrowerCleared) -> None:
        self._memory.cleared.append(cleared.leaving_id)
        self._memory.told.append(cleared)
