"""Import open loans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from loans_service.application.moving_in.lookups import Lookups, RulesOfBatch, expect_staying
from loans_service.application.moving_in.take_in import RecordOutcome, Taken, What
from loans_service.domain.borrower import Borrower, OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold_queue import CheckOutHeldByOther
from loans_service.domain.lendable_copy import CopyOnLoan, NotLoanableByPolicy, UnknownBranch
from loans_service.domain.lending.check_out import Answered
from loans_service.domain.lending.loan import Loan
from loans_service.domain.moving_in.former_loan import differing, follow, taken_over
from loans_service.domain.moving_in.former_records import FormerLoan, RecordDiffers, RecordEnded
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class FormerLoans:
    """Implements `take_in.Kind` for open loans.

    Books knows the copy by its barcode, members the borrower by the card. A copy that is on loan to another member
    here, or captured for a hold, is refused. If it was the target of a hold, the hold waits again. An imported loan
    follows its record in due date, renewals and status; other differences are reported.
    """

    lookups: Lookups
    clock: Clock
    what = What.LOANS

    async def ask(self, former: FormerLoan) -> Answered:
        copy, standing = await self.lookups.copy_and_member(former.barcode, former.card_number, desk=former.branch)
        answered = Answered(copy, standing, in_no_branch=former.branch is not None and copy.desk is None)
        if answered.in_no_branch:
            raise UnknownBranch(field="branch")
        return answered

    async def open(self, uow: UnitOfWork, answers: Sequence[Answered]) -> "_Work":
        member_ids = {answered.standing.member_id for answered in answers}
        copies = {answered.copy.copy_id: answered.copy.as_circulating() for answered in answers}
        leaving = await uow.former.lock(member_ids=member_ids, book_ids={copy.book_id for copy in copies.values()})
        return _Work(
            uow,
            self.clock,
            leaving,
            out=await uow.former.open_loans_of(copies.keys()),
            away=dict(await uow.former.away(copies.values(), now=self.clock.now())),
            had=_by_member(await uow.former.open_loans_by(member_ids)),
        )


class _Work:
    """Implements `take_in.Work`."""

    def __init__(
        self,
        uow: UnitOfWork,
        clock: Clock,
        leaving: frozenset[UUID],
        *,
        out: dict[UUID, Loan],
        away: dict[UUID, CirculationRecord],
        had: dict[UUID, list[OpenLoan]],
    ) -> None:
        self._uow = uow
        self._now = clock.now()
        self._leaving = leaving
        self._out = out
        self._away = away
        self._had = had
        self._rules = RulesOfBatch(uow)

    async def take(self, former: FormerLoan, answered: Answered, *, thing_id: UUID | None) -> Taken:
        expect_staying(answered.standing, self._leaving)
        rules = await self._rules.at(answered.branch, answered.copy.timezone)
        copy, member_id = answered.copy.as_circulating(), answered.standing.member_id
        present = self._out.get(copy.copy_id)
        if thing_id is not None and (present is None or present.id != thing_id):
            return Taken(RecordOutcome.SKIPPED, thing_id, (await self._elsewhere(thing_id),))
        if present is not None:
            if present.member_id != member_id:
                raise CopyOnLoan
            changed = follow(
                present,
                former,
                calendar=rules.calendar,
                renews_itself=_renews_itself(present, rules.policy),
                now=self._now,
            )
            differs = differing(present, former, branch=answered.branch, calendar=rules.calendar)
            return Taken(RecordOutcome.UPDATED if changed else RecordOutcome.SKIPPED, present.id, differs)
        self._expect_free(copy)
        loan = taken_over(former, answered, id=new_id(), policy=rules.policy, calendar=rules.calendar, now=self._now)
        await self._take_out(copy)
        self._uow.loans.add(loan)
        self._out[copy.copy_id] = loan
        return Taken(RecordOutcome.CREATED, loan.id, tuple(self._remarks(loan, answered, rules.policy)))

    async def _elsewhere(self, loan_id: UUID) -> LibraryError:
        """Return the refusal to report if a record now names another copy than the loan made from it."""
        loan = await self._uow.loans.get(loan_id)
        return RecordDiffers(("barcode",)) if loan is not None and loan.is_open else RecordEnded()

    def _expect_free(self, copy: CirculatingCopy) -> None:
        record = self._away.get(copy.copy_id)
        if record is not None and record.is_captured:
            raise CheckOutHeldByOther(captured=True)

    async def _take_out(self, copy: CirculatingCopy) -> None:
        record = self._away.get(copy.copy_id)
        if record is None:
            return
        if record.hold_id is not None:
            for hold in await self._uow.holds.of_ids([record.hold_id]):
                hold.lose_copy(now=self._now)
            self._uow.retarget_requests.add(copy.book_id, at=self._now)
        record.go_out()

    def _remarks(self, loan: Loan, answered: Answered, policy: Policy) -> list[LibraryError]:
        """Return the limits that the loan exceeds."""
        copy, category = answered.copy, answered.standing.category
        had = self._had.setdefault(loan.member_id, [])
        terms = replace(policy.terms_for(category), most_overdue=len(had) + 1)  # lateness so far cannot be helped
        borrower = Borrower(loan.member_id, tuple(had))
        found = list(borrower.refusals(terms, item_type=copy.item_type, branch=loan.branch, now=self._now))
        found += copy.refusals
        rule = policy.rule_for(
            category=category, item_type=copy.item_type, branch=answered.branch, known=answered.known
        )
        if not rule.loanable:
            found.append(NotLoanableByPolicy(copy.item_type, category, rule.name, ages=rule.age))
        had.append(OpenLoan(copy.copy_id, loan.member_id, loan.due_at, copy.item_type, loan.branch))
        return found


def _renews_itself(loan: Loan, policy: Policy) -> bool:
    category, item_type = loan.terms.category, loan.copy.item_type
    return policy.rule_for(category=category, item_type=item_type, branch=loan.branch, known=loan.known).auto_renew


def _by_member(open_loans: Sequence[OpenLoan]) -> dict[UUID, list[OpenLoan]]:
    found: dict[UUID, list[OpenLoan]] = {}
    for loan in open_loans:
        found.setdefault(loan.member_id, []).append(loan)
    return found
