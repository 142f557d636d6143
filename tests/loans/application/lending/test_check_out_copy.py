from dataclasses import replace

import pytest
from sqlalchemy import select

from loans_service.application.lending.views import CheckOutView
from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.lendable_copy import CopyNotLendable
from loans_service.persistence.tables import loans, plumbing
from shared.kernel.errors import LibraryError, NeighbourUnavailable, Refusals
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.receipts import SqlReceipts
from tests.loans.branch import Branch
from tests.loans.makers import a_copy, a_standing
from tests.statements import told_to_driver


async def refusal(branch: Branch, barcode: str = "30000000000019", card: str = "ADA") -> list[str]:
    with pytest.raises(LibraryError) as refused:
        await branch.check_out(barcode, card=card)
    error = refused.value
    return [one.code for one in error.refusals] if isinstance(error, Refusals) else [error.code]


async def test_a_check_out_keeps_the_loan_its_events_and_its_answer_together(branch: Branch) -> None:
    receipt = Receipt.of(caller="desk", key="k1", request=b"")

    loan = await branch.check_out(receipt=receipt)

    assert 1 == await branch.open_loans()
    assert ["loans.loan.checked_out", "loans.copy.availability_changed"] == await branch.events()
    assert loan == await SqlReceipts(branch.database, plumbing.receipts).find(receipt, CheckOutView)


async def test_others_are_locked_out_before_anything_is_read(branch: Branch) -> None:
    async with told_to_driver(branch.database) as told:
        await branch.check_out()

    first, second, *_ = told.inside
    assert first.startswith("INSERT INTO borrowers")
    assert second.startswith("SELECT")


@pytest.mark.parametrize("neighbour", ["catalogue", "members"])
async def test_without_a_neighbours_answer_nothing_is_begun(branch: Branch, neighbour: str) -> None:
    getattr(branch, neighbour).down = True

    with pytest.raises(NeighbourUnavailable):
        await branch.check_out()

    assert [] == await branch.events()


async def test_an_unknown_copy_and_an_unknown_member_are_both_told(branch: Branch) -> None:
    assert ["copy-not-found", "member-not-found"] == await refusal(branch, "nowhere", "nobody")


async def test_an_unknown_copy_does_not_hide_what_is_wrong_with_the_member(branch: Branch) -> None:
    branch.members.by_card["ADA"] = a_standing(refusals=(MemberBlocked("Blocked."),))

    assert ["copy-not-found", "member-blocked"] == await refusal(branch, "nowhere")


async def test_an_unknown_member_does_not_hide_what_is_wrong_with_the_copy(branch: Branch) -> None:
    await branch.check_out()
    branch.catalogue.copies = [a_copy(refusals=(CopyNotLendable("In repair.", status="in_repair"),))]

    assert ["member-not-found", "copy-on-loan", "copy-not-lendable"] == await refusal(branch, card="nobody")


async def test_a_copy_on_loan_stays_with_whoever_has_it(branch: Branch) -> None:
    await branch.check_out()

    assert ["copy-on-loan"] == await refusal(branch)
    assert 1 == await branch.open_loans()


async def test_what_staff_override_is_remembered_on_the_loan_as_far_as_it_counted(branch: Branch) -> None:
    branch.members.by_card["ADA"] = a_standing(refusals=(MemberBlocked("Blocked."),))

    shown = await branch.check_out(
        override_codes=("member-blocked", "fines-owed"), override_comment="The director said so.", by_staff=True
    )

    async with branch.database.reading() as connection:
        kept = (await connection.execute(select(loans.c.override_codes, loans.c.override_comment))).one()
    assert (["member-blocked"], "The director said so.") == tuple(kept)
    assert ["member-blocked"] == shown.overridden


async def test_a_copy_is_lent_to_anybody_while_another_is_to_be_pulled_for_the_one_who_waits(branch: Branch) -> None:
    branch.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="C2"))
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    held = await branch.hold(card="LEA")
    assert held.target is not None
    (other,) = [copy.barcode for copy in branch.catalogue.copies if copy.barcode != held.target.barcode]

    await branch.check_out(other)

    assert ["copy-held-for-other"] == await refusal(branch, held.target.barcode)
    assert "waiting" == (await branch.held(held.hold_id)).status


async def test_a_member_is_served_by_the_copy_on_the_desk_and_the_one_to_be_pulled_is_free_again(
    branch: Branch,
) -> None:
    branch.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="C2"))
    held = await branch.hold()
    assert held.target is not None
    (other,) = [copy.barcode for copy in branch.catalogue.copies if copy.barcode != held.target.barcode]

    await branch.check_out(other)

    assert ("fulfilled", None) == ((ended := await branch.held(held.hold_id)).status, ended.target)
    branch.members.by_card["LEA"] = replace(a_standing(), member_id=new_id())
    await branch.check_out(held.target.barcode, card="LEA")
