"""Several of the staff who send the debts of one member to a collection agency at once."""

from loans_service.application.fines.fine_views import CollectionView, FineFilter
from loans_service.application.fines.send_to_collection import Collect
from loans_service.application.fines.settle_fine import Waiver
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.lending.amendments.charge_borrower import settle_loss
from loans_service.application.rules.change_policy import PolicyChange
from loans_service.application.rules.use_cases import RulesUseCases
from loans_service.domain.fines.fine import Fine
from shared.kernel.ids import new_id
from tests.loans.branch import Branch
from tests.loans.makers import NOW, default_document, euros
from tests.loans.persistence.racing import ROUNDS, at_once


async def test_the_fee_is_charged_once_however_many_send_at_once(branch: Branch) -> None:
    fines = FinesUseCases(branch.ports, settle_loss)
    fee = {"collections": {"fee": {"amount": 1000, "currency": "EUR"}}}
    await RulesUseCases(branch.ports).change_policy(PolicyChange(default_document() | fee, in_place_of=None))
    for _ in ROUNDS:
        member_id = new_id()
        debt = Fine(id=new_id(), loan_id=None, member_id=member_id, reason="fee", amount=euros(500), now=NOW)
        async with branch.unit_of_work() as uow:
            uow.fines.add(debt)
            await uow.commit()

        sent = await at_once(
            *(fines.send_to_collection(Collect(member_id)) for _ in range(3)), fines.waive_fine(Waiver(debt.id, "Ill."))
        )

        charged = [each.fee for each in sent if isinstance(each, CollectionView) and each.fee is not None]
        listed = await fines.list_fines(FineFilter(member_id), limit=9, before=None)
        assert len(charged) == len([fine for fine in listed if fine.reason == "collection"]) <= 1
        assert all(fine.sent_to_collection_at is not None for fine in listed) or not charged
