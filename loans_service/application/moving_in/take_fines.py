"""Import debts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.application.moving_in.lookups import Lookups, RulesOfBatch, expect_staying
from loans_service.application.moving_in.take_in import RecordOutcome, Taken, What
from loans_service.application.neighbours import MemberKey
from loans_service.domain.borrower import FinesOwed, Standing
from loans_service.domain.fines.fine import Fine, OtherCurrency
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.lending.loan import Loan
from loans_service.domain.money import Money
from loans_service.domain.moving_in.former_debt import differing, expect_reason, follow, is_of, taken_over
from loans_service.domain.moving_in.former_records import FormerDebt, RecordEnded
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class DebtAnswer:
    """The standing of the member who owes, and the copy if the record names one."""

    standing: Standing
    copy: LendableCopy | None


@dataclass(frozen=True, slots=True)
class FormerDebts:
    """Implements `take_in.Kind` for debts.

    A debt for a copy that the member already had on loan belongs to that loan, so loans are imported before debts. If
    more of an imported debt was paid since, that is posted here; other differences are reported.
    """

    lookups: Lookups
    clock: Clock
    currency: str
    what = What.FINES

    async def ask(self, former: FormerDebt) -> DebtAnswer:
        if (former.currency or self.currency) != self.currency:
            raise OtherCurrency(owed=Money(0, self.currency))
        if former.barcode is None:
            return DebtAnswer(await self.lookups.members.standing(MemberKey(card_number=former.card_number)), None)
        copy, standing = await self.lookups.copy_and_member(former.barcode, former.card_number)
        return DebtAnswer(standing, copy)

    async def open(self, uow: UnitOfWork, answers: Sequence[DebtAnswer]) -> "_Work":
        member_ids = {answer.standing.member_id for answer in answers}
        copies = {answer.copy.copy_id: answer.copy for answer in answers if answer.copy is not None}
        leaving = await uow.former.lock(member_ids=member_ids, book_ids={copy.book_id for copy in copies.values()})
        policy = await uow.rulebook.policy((await uow.rulebook.policy_in_force()).version)
        return _Work(
            self,
            uow,
            policy,
            leaving=leaving,
            out=await uow.former.open_loans_of(copies.keys()),
            owed=await uow.former.owed_by(member_ids),
        )


class _Work:
    """Implements `take_in.Work`."""

    def __init__(
        self,
        kind: FormerDebts,
        uow: UnitOfWork,
        policy: Policy,
        *,
        leaving: frozenset[UUID],
        out: Mapping[UUID, Loan],
        owed: Mapping[UUID, int],
    ) -> None:
        self._currency = kind.currency
        self._uow = uow
        self._policy = policy
        self._now = kind.clock.now()
        self._leaving = leaving
        self._rules = RulesOfBatch(uow)
        self._out = out
        self._owed = dict(owed)

    async def take(self, former: FormerDebt, answer: DebtAnswer, *, thing_id: UUID | None) -> Taken:
        expect_staying(answer.standing, self._leaving)
        expect_reason(former, self._policy)
        zone = (await self._rules.at(answer.copy.branch if answer.copy else "")).calendar.zone
        if thing_id is not None:
            return await self._follow(former, answer, fine_id=thing_id, zone=zone)
        fine = taken_over(
            former,
            id=new_id(),
            member_id=answer.standing.member_id,
            loan_id=self._loan_of(former, answer, zone),
            currency=self._currency,
            zone=zone,
            now=self._now,
        )
        self._uow.fines.add(fine)
        return Taken(RecordOutcome.CREATED, fine.id, tuple(self._remarks(fine, answer.standing)))

    async def _follow(self, former: FormerDebt, answer: DebtAnswer, *, fine_id: UUID, zone: ZoneInfo) -> Taken:
        fine = await self._uow.fines.get(fine_id)
        if fine is None:
            return Taken(RecordOutcome.SKIPPED, fine_id, (RecordEnded(),))
        outcome = RecordOutcome.UPDATED if follow(fine, former, now=self._now) else RecordOutcome.SKIPPED
        loan_id, member_id = self._loan_of(former, answer, zone), answer.standing.member_id
        return Taken(outcome, fine_id, differing(fine, former, member_id=member_id, loan_id=loan_id, zone=zone))

    def _loan_of(self, former: FormerDebt, answer: DebtAnswer, zone: ZoneInfo) -> UUID | None:
        loan = None if answer.copy is None else self._out.get(answer.copy.copy_id)
        is_theirs = loan is not None and is_of(former, loan, member_id=answer.standing.member_id, zone=zone)
        return loan.id if loan is not None and is_theirs else None

    def _remarks(self, fine: Fine, standing: Standing) -> list[LibraryError]:
        before = self._owed.get(fine.member_id, 0)
        self._owed[fine.member_id] = before + fine.owed
        limit, owed = self._policy.terms_for(standing.category).most_owed, Money(before + fine.owed, self._currency)
        passes = fine.owed and before < limit.amount <= owed.amount
        return [FinesOwed(limit=limit, owed=owed)] if passes else []
