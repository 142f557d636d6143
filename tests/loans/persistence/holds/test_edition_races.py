"""Holds for any edition against whatever else happens at once, where desks work side by side."""

from dataclasses import replace
from datetime import timedelta

from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.application.holds.try_editions import TryEditions
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import MemberKey
from loans_service.domain.lendable_copy import LendableCopy
from shared.kernel.ids import new_id
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, a_copy, a_standing
from tests.loans.persistence.racing import at_once, consistent

ROUNDS = range(12)


def two_editions(branch: Branch, round_: int) -> tuple[LendableCopy, LendableCopy]:
    """Put one copy each of two editions of Emma into the catalogue."""
    one = a_copy(copy_id=new_id(), barcode=f"ONE{round_}")
    other = replace(a_copy(copy_id=new_id(), book_id=new_id(), barcode=f"OTHER{round_}"), title="Emma, bound")
    branch.catalogue.copies = [one, other]
    branch.catalogue.editions = {EMMA: (other.book_id,), other.book_id: (EMMA,)}
    return one, other


async def wait(branch: Branch, card: str, edition: LendableCopy) -> HoldView:
    command = NewHold(MemberKey(card_number=card), edition.book_id, pickup_branch="MAIN", any_edition=True)
    return await branch.holding.place_hold(command)


async def test_two_editions_that_come_back_at_once_serve_one_hold_with_one_copy(branch: Branch) -> None:
    for round_ in ROUNDS:
        one, other = two_editions(branch, round_)
        await branch.check_out(one.barcode)
        await branch.check_out(other.barcode)
        held = await wait(branch, "KIM", one)
        await branch.choose_targets()
        await branch.bring_back(other.barcode)
        branch.clock.pass_by(timedelta(minutes=1))

        await at_once(branch.bring_back(one.barcode), branch.choose_targets(), branch.choose_targets())

        await consistent(branch)
        copy = await copy_of(branch, held)
        assert copy in {one.barcode, other.barcode}
        spare = other if copy == one.barcode else one
        await branch.check_out(spare.barcode, card="ADA")
        await branch.check_out(copy, card="KIM")
        assert "fulfilled" == (await branch.held(held.hold_id)).status
        for each in (one, other):
            await branch.bring_back(each.barcode)


async def test_a_hold_that_is_cancelled_while_another_edition_is_chosen_keeps_no_copy(branch: Branch) -> None:
    for round_ in ROUNDS:
        one, other = two_editions(branch, round_)
        await branch.check_out(one.barcode)
        held = await wait(branch, "KIM", one)

        await at_once(branch.choose_targets(), branch.cancel(held.hold_id))

        await consistent(branch)
        assert "cancelled" == (await branch.held(held.hold_id)).status
        await branch.check_out(other.barcode, card="ADA")
        for each in (one, other):
            await branch.bring_back(each.barcode)


async def test_another_edition_is_lent_at_the_desk_or_is_to_be_pulled_and_never_both(branch: Branch) -> None:
    for round_ in ROUNDS:
        one, other = two_editions(branch, round_)
        await branch.check_out(one.barcode)
        held = await wait(branch, "KIM", one)

        serve = TryEditions(branch.unit_of_work, branch.catalogue, branch.clock).serve
        book = await branch.catalogue.copies_of(EMMA)
        _, lent = await at_once(serve(book), branch.check_out(other.barcode))

        await consistent(branch)
        target = (await branch.held(held.hold_id)).target
        assert isinstance(lent, LoanView) == (target is None)
        assert isinstance(lent, LoanView) or "copy-held-for-other" == getattr(lent, "code", "")
        await branch.cancel(held.hold_id)
        for each in (one, other):
            await branch.bring_back(each.barcode)


async def test_editions_that_are_chosen_from_both_sides_wait_for_each_other_in_one_order(branch: Branch) -> None:
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    for round_ in ROUNDS:
        one, other = two_editions(branch, round_)
        for copy in (one, other):
            await branch.check_out(copy.barcode)
        held = [await wait(branch, "KIM", one), await wait(branch, "LEA", other)]

        await at_once(
            branch.bring_back(one.barcode),
            branch.bring_back(other.barcode),
            branch.choose_targets(),
            branch.choose_targets(),
            branch.choose_targets(),
        )
        branch.clock.pass_by(timedelta(minutes=1))
        await branch.choose_targets()

        await consistent(branch)
        copies = {await copy_of(branch, each) for each in held}
        assert {one.barcode, other.barcode} == copies
        for each in held:
            await branch.cancel(each.hold_id)
        for copy in (one, other):
            await branch.bring_back(copy.barcode)


async def copy_of(branch: Branch, held: HoldView) -> str:
    """Return the barcode of the copy that is captured for a hold or to be pulled for it."""
    shown = await branch.held(held.hold_id)
    return shown.barcode or (shown.target.barcode if shown.target else "none")
