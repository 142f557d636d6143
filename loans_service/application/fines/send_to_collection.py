"""Send what a member owes to a collection agency."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.fines.fine_views import CollectionView
from loans_service.domain.fines.collection import NothingToCollect, Sending, send_to_collection
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.money import Money
from loans_service.domain.rights import COLLECT
from loans_service.domain.rules.circulation_rules import NO_BRANCH
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Collect:
    """Whose debts are sent, and why; `by` is the account, `by_member` the member id of that person."""

    member_id: UUID
    why: str = ""
    by: str = SYSTEM
    by_member: UUID | None = None


@refuses(NothingToCollect, FourEyes)
@dataclass(frozen=True, slots=True)
class SendToCollection:
    """Mark all that a member owes as sent to a collection agency, and charge the fee that the policy sets.

    - Repeating it changes nothing. What the member comes to owe later can be sent, too; there is no second fee while
      something that was sent is still owed.
    - What was sent is paid, forgiven and counted as before. The fee is a fine with the reason `collection`.
    - It needs the right in every branch in which something is owed; what is of no branch asks for none.
    - Nobody of the staff does so for themselves. The id of a record that was merged stands for the person.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, command: Collect, receipt: Receipt | None = None) -> CollectionView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            member_id = await uow.erasure_requests.record_that_stays(command.member_id)
            expect_four_eyes(member_id, by_member=command.by_member)
            await uow.fines.lock_debtor(member_id)
            for branch in await uow.fines.branches_where_owed(member_id):
                authorise(COLLECT, branch)
            policy = (await uow.rulebook.in_force(branch=NO_BRANCH)).policy
            owed = [fine for fine in await uow.fines.owed_by(member_id) if fine.currency == policy.currency]
            sending = Sending(self.clock.now(), command.by, command.why)
            charged = send_to_collection(owed, sending, fee=policy.collections.fee, fee_id=new_id())
            if charged is not None:
                uow.fines.add(charged)
            sent = owed if charged is None else [*owed, charged]
            view = CollectionView(
                member_id,
                owed=Money(sum(fine.owed for fine in sent), policy.currency),
                fee=None if charged is None else policy.collections.fee,
                fine_ids=tuple(fine.id for fine in sent),
                sent_to_collection_at=min(
                    fine.sent_to_collection_at for fine in sent if fine.sent_to_collection_at is not None
                ),
            )
            await uow.commit(answer=view)
        return view
