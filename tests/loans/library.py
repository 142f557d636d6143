"""A whole small library in memory: its use cases, called as desks and members call them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from loans_service.application.fines.settle_fine import pay_fine, waive_fine
from loans_service.application.holds.end_hold import cancel_hold, expire_hold
from loans_service.application.holds.place_hold import PlaceHold, place_hold
from loans_service.application.holds.reorder_queue import reorder_queue
from loans_service.application.holds.suspend_hold import resume_hold, suspend_hold
from loans_service.application.lending.amend_loan import (
    AmendLoan,
    change_due_date,
    claim_returned,
    declare_lost,
    find_copy,
)
from loans_service.application.lending.check_out_copy import check_out_copy
from loans_service.application.lending.judge_check_out import CheckOutCopy
from loans_service.application.lending.renew_loan import renew_loan
from loans_service.application.lending.return_copy import ReturnCopy, return_copy
from loans_service.application.lending.sweep import sweep
from loans_service.application.neighbours import CopyKey, MemberKey
from loans_service.application.rules.circulation_rules import CirculationRules
from loans_service.domain.lendable_copy import LendableCopy
from tests.loans.fakes import FakeCatalogue, FakeMembers, SteppingClock
from tests.loans.makers import ALWAYS_OPEN, POLICY, a_standing
from tests.loans.memory import Memory
from tests.loans.memory_views import FakeDue, FakeHoldViews, FakeLoanViews
from tests.loans.memory_work import FakeUnitOfWork

BRANCHES = ("MAIN", "EAST")
_FEW = replace(POLICY, terms=tuple(replace(terms, most_loans=2, most_holds=2) for terms in POLICY.terms))


class Library:
    """Two books of two copies each, at home in two branches, and three members: two adults and a child."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.memory.rules = CirculationRules(_FEW, ALWAYS_OPEN)
        self.clock = SteppingClock()
        self.books = [uuid4(), uuid4()]
        self.copies = [
            LendableCopy(uuid4(), self.books[number // 2], f"C{number}", "Emma", BRANCHES[number % 2], "book", "UTC")
            for number in range(4)
        ]
        self.catalogue = FakeCatalogue(*self.copies)
        self.members = FakeMembers(
            ADA=a_standing(), BOB=a_standing(member_id=uuid4()), KIM=a_standing(member_id=uuid4(), category="child")
        )
        self.views, self.holds = FakeLoanViews(self.memory), FakeHoldViews(self.memory)

    def work(self) -> FakeUnitOfWork:
        return FakeUnitOfWork(self.memory)

    async def sweep(self) -> None:
        """Do the timed work; nothing of it may fail."""
        failed: list[Exception] = []
        await sweep(
            FakeDue(self.memory),
            unit_of_work=lambda receipt=None, *, by="": self.work(),
            holds=self.holds,
            clock=self.clock,
            tell=lambda _, error: failed.append(error),
        )
        assert not failed, failed

    async def settle(self, fine_id: UUID, cents: int | None) -> None:
        """Pay that much, or with None forgive the rest."""
        if cents is None:
            await waive_fine(fine_id, why="", uow=self.work(), clock=self.clock)
        else:
            await pay_fine(fine_id, amount=cents, currency="EUR", uow=self.work(), clock=self.clock)

    def loan_id(self, which: int) -> UUID:
        return list(self.memory.loans)[-1 - which % len(self.memory.loans)]

    def hold_id(self, which: int) -> UUID:
        return list(self.memory.holds)[-1 - which % len(self.memory.holds)]

    def number_of(self, copy_id: UUID) -> int:
        return next(number for number, copy in enumerate(self.copies) if copy.copy_id == copy_id)

    def counted_loans(self, card: str) -> int:
        member_id = self.members.by_card[card].member_id
        mine = [loan for loan in self.memory.loans.values() if loan.is_open and loan.member_id == member_id]
        return sum(loan.claimed_at is None for loan in mine)

    def most_loans(self, card: str) -> int:
        return self.memory.rules.policy.terms_for(self.members.by_card[card].category).most_loans

    async def check_out(self, copy: int, card: str) -> None:
        await check_out_copy(
            CheckOutCopy(CopyKey(copy_id=self.copies[copy].copy_id), MemberKey(card_number=card)),
            uow=self.work(),
            catalogue=self.catalogue,
            members=self.members,
            clock=self.clock,
        )

    async def give_back(self, copy: int, branch: str, *, ago: timedelta = timedelta(0)) -> None:
        scan = ReturnCopy(CopyKey(barcode=self.copies[copy].barcode), branch, self.clock.now() - ago)
        await return_copy(scan, uow=self.work(), catalogue=self.catalogue, clock=self.clock)

    async def hold(self, book: int, copy: int | None, card: str, branch: str | None) -> None:
        command = PlaceHold(MemberKey(card_number=card), self.books[book], pickup_branch=branch)
        if copy is not None:
            command = replace(command, book_id=None, copy_id=self.copies[copy].copy_id)
        await place_hold(
            command,
            uow=self.work(),
            catalogue=self.catalogue,
            members=self.members,
            clock=self.clock,
        )

    async def change_loan(self, loan_id: UUID, act: str) -> None:
        command, uow, views, clock = AmendLoan(loan_id, "A word."), self.work(), self.views, self.clock
        if act == "renew":
            await renew_loan(loan_id, only_of=None, uow=uow, views=views, members=self.members, clock=clock)
        elif act == "lose":
            await declare_lost(command, uow=uow, views=views, clock=clock)
        elif act == "claim":
            await claim_returned(command, uow=uow, views=views, clock=clock)
        elif act == "move due date":
            await change_due_date(command, clock.now() + timedelta(days=5), uow=uow, views=views, clock=clock)
        else:
            there, books = act == "find there", self.catalogue
            await find_copy(
                command, with_borrower=there, branch="EAST", uow=uow, views=views, catalogue=books, clock=clock
            )

    async def change_hold(self, hold_id: UUID, act: str) -> None:
        uow, views, clock = self.work(), self.holds, self.clock
        if act == "cancel":
            await cancel_hold(hold_id, only_of=None, uow=uow, views=views, clock=clock)
        elif act == "expire":
            await expire_hold(hold_id, uow=uow, views=views, clock=clock)
        elif act == "resume":
            await resume_hold(hold_id, only_of=None, uow=uow, views=views)
        else:
            until = clock.now() + timedelta(days=1) if "day" in act else None
            await suspend_hold(hold_id, until=until, only_of=None, uow=uow, views=views)

    async def reorder(self, book: int, order: list[int]) -> None:
        queue = await self.holds.queue(self.books[book], limit=100, after=None)
        ids = [queue.holds[place].hold_id for place in order if place < len(queue.holds)]
        await reorder_queue(self.books[book], ids, expected_version=queue.version, limit=100, uow=self.work())
