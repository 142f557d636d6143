"""Charge a member by hand."""

from dataclasses import dataclass

from loans_service.application.fines.fine_views import FineView
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import CardReplaced, CardStopped, MemberNotFound
from loans_service.domain.fines.fine import Fine, OtherCurrency
from loans_service.domain.money import Money
from loans_service.domain.rights import CHARGE
from loans_service.domain.rules.charge_kinds import UnknownChargeKind
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise, authorise_everywhere


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge for a member: its kind in the policy, the amount, a note by staff, and in which branch it is made."""

    member: MemberKey
    kind: str
    amount: Money
    note: str = ""
    branch: str | None = None
    by: str = SYSTEM


@refuses(MemberNotFound, CardReplaced, CardStopped, UnknownChargeKind, OtherCurrency, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ChargeMember:
    """Charge a member for something that is not lateness and not a lost copy: a damage, a new card, a fee.

    - The policy says which kinds there are. The charge is a fine with the kind as its `reason`, and belongs to no loan.
    - It is paid, forgiven and counted as every other fine, in the `branch` where it was made. Without one it belongs to
      the whole library, and is made by who may charge in all branches.
    """

    unit_of_work: LoansWorkFactory
    members: MemberDirectory
    clock: Clock
    currency: str

    async def __call__(self, command: Charge, receipt: Receipt | None = None) -> FineView:
        if command.amount.currency != self.currency:
            raise OtherCurrency(owed=Money(0, self.currency))
        if command.branch is None:
            authorise_everywhere(CHARGE)
        else:
            authorise(CHARGE, command.branch)
        member_id = (await self.members.standing(command.member)).member_id
        async with self.unit_of_work(receipt, by=command.by) as uow:
            if not await uow.fines.lock_debtor(member_id):
                raise MemberNotFound
            policy = await uow.rulebook.policy((await uow.rulebook.policy_in_force()).version)
            policy.expect_charge_kind(command.kind)
            fine = Fine(
                id=new_id(),
                loan_id=None,
                member_id=member_id,
                reason=command.kind,
                amount=command.amount,
                now=self.clock.now(),
                why=command.note,
                branch=command.branch,
            )
            uow.fines.add(fine)
            view = FineView.of(fine)
            await uow.commit(answer=view)
        return view
