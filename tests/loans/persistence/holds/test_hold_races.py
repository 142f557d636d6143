"""Holds against whatever else happens at once, a hundred times each, where desks work side by side."""

from typing import Any

from loans_service.application.holds.commands import HoldSuspension, OfHold
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.views import LoanView
from loans_service.application.privacy.follow_member import MergedMembersNews
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.holds.hold import HoldEventType
from loans_service.domain.lendable_copy import CopyNotLendable
from loans_service.persistence.messages import AVAILABILITY_CHANGED, HOLD_TYPES
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, EMMA_COPY, NOW, a_copy, a_standing
from tests.loans.persistence.racing import MANY_ROUNDS, ROUNDS, at_once, consistent, told


async def test_a_hold_against_a_check_out_never_lends_what_is_held_nor_holds_what_is_not_there(branch: Branch) -> None:
    branch.catalogue.copies = [a_copy()]
    for _ in MANY_ROUNDS:
        held, lent = await at_once(branch.hold(card="KIM"), branch.check_out(card="ADA"))

        assert isinstance(held, HoldView)
        await consistent(branch)
        if isinstance(lent, LibraryError):
            assert "copy-held-for-other" == lent.code
        assert isinstance(lent, LoanView) == bool(await branch.open_loans())

        await branch.bring_back()
        assert ("ready", EMMA_COPY) == ((shown := await branch.held(held.hold_id)).status, shown.copy_id)
        await branch.check_out(card="KIM")
        await branch.bring_back()


async def test_two_holds_at_once_never_have_one_copy_as_their_target(branch: Branch) -> None:
    branch.catalogue.copies = [a_copy()]
    for _ in ROUNDS:
        done = await at_once(branch.hold(card="KIM"), branch.hold(card="ADA"), branch.choose_targets())
        placed = [each for each in done if isinstance(each, HoldView)]
        await branch.choose_targets()

        await consistent(branch)
        first, second = sorted(
            [await branch.held(each.hold_id) for each in placed], key=lambda each: each.position or 0
        )
        assert (EMMA_COPY, None) == (first.target and first.target.copy_id, second.target)
        for each in placed:
            await branch.cancel(each.hold_id)


async def test_choosing_a_target_against_a_check_out_lends_or_requests_the_copy_and_never_both(branch: Branch) -> None:
    branch.catalogue.copies = [a_copy()]
    for _ in ROUNDS:
        await branch.check_out("30000000000019", card="ADA")
        held = await branch.hold(card="KIM")
        await branch.holding.suspend_hold(HoldSuspension(OfHold(held.hold_id)))
        await branch.bring_back()
        await branch.holding.resume_hold(OfHold(held.hold_id))

        _, lent = await at_once(branch.choose_targets(), branch.check_out(card="ADA"))

        await consistent(branch)
        target = (await branch.held(held.hold_id)).target
        assert isinstance(lent, LoanView) == (target is None)
        assert isinstance(lent, LoanView) or "copy-held-for-other" == getattr(lent, "code", "")
        await branch.cancel(held.hold_id)
        await branch.bring_back()


async def test_a_capture_against_the_cancelling_of_its_hold_keeps_no_copy_for_nobody(branch: Branch) -> None:
    branch.catalogue.copies = [a_copy()]
    for _ in ROUNDS:
        held = await branch.hold(card="KIM")
        await told(branch)

        await at_once(branch.bring_back(), branch.cancel(held.hold_id))

        await consistent(branch)
        states = [state for type_, state in await told(branch) if type_ == AVAILABILITY_CHANGED]
        assert "available" == states[-1]
        assert "cancelled" == (await branch.held(held.hold_id)).status
        await branch.bring_back()


async def test_choosing_targets_against_a_return_serves_each_hold_with_one_copy(branch: Branch) -> None:
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    branch.catalogue.copies = branch.catalogue.copies[:2]
    for _ in ROUNDS:
        await branch.check_out("C0")
        await branch.check_out("C1")
        placed = [await branch.hold(card=card) for card in ("KIM", "LEA")]

        await at_once(
            branch.bring_back("C0"), branch.choose_targets(), branch.bring_back("C1"), branch.choose_targets()
        )
        await branch.choose_targets()

        await consistent(branch)
        served = [await branch.held(each.hold_id) for each in placed]
        assert {"C0", "C1"} == {each.barcode for each in served}
        for card, each in zip(("KIM", "LEA"), served, strict=True):
            assert "ready" == each.status
            await branch.check_out(str(each.barcode), card=card)
            await branch.bring_back(str(each.barcode))


async def test_news_of_a_withdrawn_copy_against_a_check_out_leaves_it_with_its_borrower_or_with_nobody(
    branch: Branch,
) -> None:
    broken = (CopyNotLendable("In repair.", status="in_repair"),)
    for number in MANY_ROUNDS:
        branch.catalogue.copies = [a_copy()]
        held = await branch.hold(card="KIM")
        branch.catalogue.copies = [a_copy(refusals=broken)]
        report = CopyReport(EMMA_COPY, EMMA, "30000000000019", "MAIN", "book", "in_repair", number + 1, at=NOW)
        note = NoteCopyReport(branch.unit_of_work, branch.clock)

        async def hear(report: CopyReport = report, note: NoteCopyReport = note) -> None:
            await note(report, listener="loans.copies", message_id=str(new_id()))
            await branch.choose_targets()

        despite: dict[str, Any] = {
            "override_codes": ("copy-not-lendable",),
            "override_comment": "Why not.",
            "by_staff": True,
        }
        _, lent = await at_once(hear(), branch.check_out(card="KIM", **despite))

        await consistent(branch)
        shown = await branch.held(held.hold_id)
        assert isinstance(lent, LoanView)
        assert ("fulfilled", None) == (shown.status, shown.target)
        branch.catalogue.copies = [a_copy()]
        await branch.bring_back()


async def test_two_returns_serve_one_hold_with_one_copy(branch: Branch) -> None:
    queries = HoldQueries(branch.database)
    branch.catalogue.copies = branch.catalogue.copies[:2]
    for _ in ROUNDS:
        await branch.check_out("C0")
        await branch.check_out("C1")
        hold = await branch.hold(card="KIM")
        await told(branch)

        await at_once(branch.bring_back("C0"), branch.bring_back("C1"))

        assert 1 == [type_ for type_, _ in await told(branch)].count(HOLD_TYPES[HoldEventType.READY])
        (captured,) = await queries.away("hold_shelf", None, limit=10, after=None)
        assert hold.hold_id == captured.hold_id
        await branch.check_out(captured.barcode, card="KIM")
        await branch.bring_back(captured.barcode)


async def test_news_of_another_label_against_a_scan_of_the_old_one_closes_the_loan_of_its_copy_or_none(
    branch: Branch,
) -> None:
    note = NoteCopyReport(branch.unit_of_work, branch.clock)
    branch.catalogue.copies = [a_copy(barcode="L0")]
    for number in MANY_ROUNDS:
        old, new = f"L{number}", f"L{number + 1}"
        lent = await branch.check_out(old)
        report = CopyReport(EMMA_COPY, EMMA, new, "MAIN", "book", "in_service", number + 1, at=NOW)
        branch.catalogue.copies = [a_copy(barcode=new)]

        _, scanned = await at_once(
            note(report, listener="loans.copies", message_id=str(new_id())), branch.bring_back(old)
        )

        assert isinstance(scanned, LoanView) or "copy-not-found" == getattr(scanned, "code", "")
        returned = scanned if isinstance(scanned, LoanView) else await branch.bring_back(new)
        assert returned is not None
        assert (lent.loan_id, "returned") == (returned.loan_id, returned.status)
        shown = await branch.ports.loans.loan(lent.loan_id)
        assert shown is not None
        assert new == shown.barcode


async def test_a_return_against_two_readers_who_become_one_waits_for_it_or_goes_first(branch: Branch) -> None:
    for number in ROUNDS[:10]:
        gone, stays = new_id(), new_id()
        branch.members.by_card["GONE"] = a_standing(member_id=gone)
        await branch.check_out("C0")
        held = await branch.hold(card="GONE", copy_id=branch.catalogue.copies[0].copy_id)
        join = branch.privacy.join_borrowers

        await at_once(
            join(MergedMembersNews(str(new_id()), gone, stays, number, "child"), listener="loans.members"),
            branch.bring_back("C0"),
        )

        await consistent(branch)
        assert ("ready", stays) == ((shown := await branch.held(held.hold_id)).status, shown.member_id)
        await branch.cancel(held.hold_id)
        await branch.bring_back("C0")
