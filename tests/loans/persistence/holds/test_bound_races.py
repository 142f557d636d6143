"""Holds for two titles of one copy against whatever else happens at once, where desks work side by side."""

import asyncio
from dataclasses import replace

from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.join_queues import JoinQueues, MergedBooksNews
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.application.neighbours import MemberKey
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.lendable_copy import CopyNotLendable, LendableCopy
from shared.kernel.ids import new_id
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, EMMA_COPY, a_copy, a_standing
from tests.loans.persistence.racing import at_once, consistent

PAMPHLET = new_id()
BARCODE = "30000000000019"
ROUNDS = range(12)
WITHDRAWN = (CopyNotLendable("Withdrawn.", status="withdrawn"),)


def bound(branch: Branch, round_: int) -> LendableCopy:
    """Bind the pamphlet in the one copy of Emma, and give it a copy of its own as well."""
    own = replace(a_copy(copy_id=new_id(), book_id=PAMPHLET, barcode=f"OWN{round_}"), title="Pamphlet")
    branch.catalogue.copies = [a_copy(), own]
    branch.catalogue.bound_in = {PAMPHLET: ("Pamphlet", (EMMA_COPY,))}
    branch.members.by_card.setdefault("LEA", a_standing(member_id=new_id()))
    return own


async def wait(branch: Branch, card: str, book_id: object) -> HoldView:
    command = NewHold(MemberKey(card_number=card), book_id, pickup_branch="MAIN")  # type: ignore[arg-type]  # an id
    return await branch.holding.place_hold(command)


async def test_two_impatient_desks_that_scan_a_bound_copy_at_once_keep_it_for_one_title(branch: Branch) -> None:
    for round_ in ROUNDS:
        own = bound(branch, round_)
        branch.catalogue.copies.remove(own)
        await branch.check_out()
        held = await at_once(wait(branch, "KIM", EMMA), wait(branch, "LEA", PAMPHLET))

        await at_once(branch.bring_back(), branch.bring_back(), branch.choose_targets(), branch.choose_targets())

        await consistent(branch)
        found = [await branch.held(each.hold_id) for each in held if isinstance(each, HoldView)]
        assert ["ready", "waiting"] == sorted(each.status for each in found)
        cards = {"Emma": "KIM", "Pamphlet": "LEA"}
        for each in sorted(found, key=lambda each: each.status):
            await branch.check_out(card=cards[each.title])
            await at_once(branch.bring_back(), branch.bring_back())
        assert {"fulfilled"} == {(await branch.held(each.hold_id)).status for each in found}


async def test_holds_that_turn_to_a_bound_copy_while_that_comes_back_are_served_once(branch: Branch) -> None:
    for round_ in ROUNDS:
        own = bound(branch, round_)
        for barcode in (BARCODE, own.barcode):
            await branch.check_out(barcode)
        held = [await wait(branch, "LEA", PAMPHLET), await wait(branch, "KIM", EMMA)]
        branch.catalogue.copies[1] = replace(own, refusals=WITHDRAWN)
        gone = CopyReport(*(own.copy_id, PAMPHLET, own.barcode, "MAIN", "book", "withdrawn", 1), at=branch.clock.now())
        note = NoteCopyReport(branch.unit_of_work, branch.clock)
        await note(gone, listener="loans.copies", message_id=str(new_id()))

        await at_once(branch.choose_targets(), branch.bring_back(), branch.bring_back(), branch.choose_targets())
        await branch.choose_targets()

        await consistent(branch)
        found = [await branch.held(each.hold_id) for each in held]
        assert [EMMA_COPY, EMMA] == [found[0].copy_id, found[0].book_id]
        served = [each for each in found if each.status == "ready" or each.target is not None]
        assert 1 == len(served)
        for each in held:
            await branch.cancel(each.hold_id)
        for barcode in (BARCODE, own.barcode):
            await branch.bring_back(barcode)


async def test_a_bound_title_is_corrected_and_merged_under_the_lock_of_the_queue_where_it_is_waited_for(
    branch: Branch,
) -> None:
    own = bound(branch, 0)
    branch.catalogue.copies.remove(own)
    held, stays = await wait(branch, "LEA", PAMPHLET), new_id()
    correct = CorrectTitle(branch.unit_of_work, branch.catalogue)
    join = JoinQueues(branch.unit_of_work, branch.clock)
    branch.catalogue.bound_in = {PAMPHLET: ("Corrected", (EMMA_COPY,))}

    for act in (
        correct(PAMPHLET),
        join(MergedBooksNews(str(new_id()), PAMPHLET, into=stays), listener="loans.merges"),
    ):
        async with branch.unit_of_work() as uow:
            await uow.lock(book_id=EMMA)
            acting = asyncio.ensure_future(act)
            assert set() == (await asyncio.wait({acting}, timeout=0.1))[0]
        await acting

    found = await branch.held(held.hold_id)
    assert ("Corrected", stays, EMMA) == (found.title, found.bound_book_id, found.book_id)


async def test_a_title_that_is_unbound_while_its_copy_comes_back_keeps_no_copy(branch: Branch) -> None:
    for round_ in ROUNDS:
        own = bound(branch, round_)
        branch.catalogue.copies.remove(own)
        await branch.check_out()
        for_pamphlet, for_emma = await wait(branch, "LEA", PAMPHLET), await wait(branch, "KIM", EMMA)
        branch.catalogue.bound_in = {PAMPHLET: ("Pamphlet", ())}
        report = CopyReport(
            *(EMMA_COPY, EMMA, BARCODE, "MAIN", "book", "in_service", round_ + 1),
            at=branch.clock.now(),
            unbound=PAMPHLET,
        )
        note = NoteCopyReport(branch.unit_of_work, branch.clock)

        await at_once(
            note(report, listener="loans.copies", message_id=str(new_id())),
            branch.bring_back(),
            branch.choose_targets(),
        )
        await branch.choose_targets()
        await branch.bring_back()

        await consistent(branch)
        assert "cancelled" == (await branch.held(for_pamphlet.hold_id)).status
        assert EMMA_COPY == (await branch.held(for_emma.hold_id)).copy_id
        await branch.check_out(card="KIM")
        await branch.bring_back()
