"""Two desks at once, a hundred times each, on the database that lets them work side by side."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from sqlalchemy import select

from loans_service.adapters.fines.sql_fines import SqlFineViews
from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.lending.sql_loans import SqlLoanViews
from loans_service.adapters.loan_messages import AVAILABILITY_CHANGED, HOLD_TYPES, LOAN_TYPES
from loans_service.adapters.sql_tables import circulation_records, holds, loans, plumbing
from loans_service.application.fines.fine_views import FineFilter
from loans_service.application.fines.pay_borrower import BorrowerPayment, PayBorrower
from loans_service.application.fines.ports import PaymentView
from loans_service.application.holds.commands import OfHold, Suspend
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.holds.ports import CopyReport
from loans_service.application.lending.amendments.charge_borrower import close_settled
from loans_service.application.lending.views import LoanView
from loans_service.domain.holds.hold import ACTIVE, HoldEventType
from loans_service.domain.lendable_copy import CopyNotLendable
from loans_service.domain.lending.loan import LoanEventType
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_copy, a_standing, euros

ROUNDS = range(100)
CHILDS_LIMIT = 5


@pytest.fixture
async def branch(postgres_url: str) -> AsyncIterator[Branch]:
    """A branch with ten copies of one book, C0 to C9."""
    database = Database(postgres_url)
    await migrate(database, "loans_service")
    yield Branch(database, *(a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(10)))
    await database.dispose()


async def at_once(*acts: Awaitable[object]) -> list[object]:
    """Do all at once, and return what each one answered or was refused with."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException) and not isinstance(each, LibraryError):
            raise each
    return list(done)


async def told(branch: Branch) -> list[tuple[str, str | None]]:
    """Return type and availability of every event, oldest first, and forget them."""
    async with branch.database.engine.begin() as connection:
        rows = (await connection.execute(select(plumbing.outbox).order_by(plumbing.outbox.c.sequence))).all()
        await connection.execute(plumbing.outbox.delete())
    return [(row.type, row.data.get("availability")) for row in rows]


async def test_two_desks_never_take_more_than_is_owed(branch: Branch) -> None:
    for _ in range(25):
        fine_id = await branch.owe("C0")
        for _ in range(5):
            done = await at_once(*(branch.pay(fine_id, 600) for _ in range(2)))
            if any(isinstance(each, LibraryError) for each in done):
                break
        owed, posted = await branch.balance(fine_id)

        assert owed == posted == 100
        await branch.pay(fine_id, 100)
        await told(branch)


async def test_one_payment_that_arrives_twice_at_once_is_taken_once(branch: Branch) -> None:
    pay = PayBorrower(branch.unit_of_work, close_settled, branch.clock)
    for number in ROUNDS:
        fine_id = await branch.owe("C0")
        payment = BorrowerPayment(ADA, euros(1000), reference=f"till-{number}")

        first, again = await at_once(pay(payment), pay(payment))

        assert first == again
        assert (1500, 1500) == await branch.balance(fine_id)
        await branch.pay(fine_id, 1500)


async def test_paying_the_last_fine_of_a_lost_copy_against_its_return_ends_the_loan_once(branch: Branch) -> None:
    pay = PayBorrower(branch.unit_of_work, close_settled, branch.clock)
    for _ in ROUNDS:
        loan = await branch.check_out("C0")
        await branch.declare_lost(loan.loan_id)

        paid, _ = await at_once(pay(BorrowerPayment(ADA, euros(3000))), branch.bring_back("C0"))

        shown = await SqlLoanViews(branch.database).loan(loan.loan_id)
        assert shown is not None
        assert "returned" == shown.status
        views = SqlFineViews(branch.database)
        owed = {fine.reason: fine for fine in await views.fines(FineFilter(loan_id=loan.loan_id), limit=9, before=None)}
        if isinstance(paid, PaymentView):
            assert (2500, 0) == (owed["lost"].refunded, owed["processing"].owed)
        else:
            assert ("waived", 500) == (owed["lost"].status, owed["processing"].owed)
            await branch.pay(owed["processing"].fine_id, 500)


async def test_two_desks_give_one_member_the_last_loan_once(branch: Branch) -> None:
    for number in range(CHILDS_LIMIT - 1):
        await branch.check_out(f"C{number}", card="KIM")

    for _ in ROUNDS:
        done = await at_once(branch.check_out("C8", card="KIM"), branch.check_out("C9", card="KIM"))

        (won,) = [each for each in done if isinstance(each, LoanView)]
        assert ["loan-limit-reached"] == [each.code for each in done if isinstance(each, LibraryError)]
        await branch.bring_back(won.barcode)


async def test_two_returns_of_one_copy_are_one_closure_and_one_event(branch: Branch) -> None:
    for _ in ROUNDS:
        await branch.check_out("C0")
        await told(branch)

        done = await at_once(branch.bring_back("C0"), branch.bring_back("C0"))

        assert 1 == sum(isinstance(each, LoanView) for each in done)
        assert 1 == sum(each is None for each in done)
        assert [(LOAN_TYPES[LoanEventType.RETURNED], None), (AVAILABILITY_CHANGED, "available")] == await told(branch)


async def test_a_return_against_a_renewal_ends_with_the_copy_back_and_nothing_renewed_after(branch: Branch) -> None:
    for _ in ROUNDS:
        loan = await branch.check_out("C0")
        await told(branch)

        renewed, returned = await at_once(branch.renew(loan.loan_id), branch.bring_back("C0"))

        assert isinstance(returned, LoanView)
        types = [type_ for type_, _ in await told(branch)]
        if isinstance(renewed, LoanView):
            assert 1 == returned.renewals
            assert [LOAN_TYPES[LoanEventType.RENEWED], LOAN_TYPES[LoanEventType.RETURNED]] == types[::2]
        else:
            assert isinstance(renewed, LibraryError)
            assert ("loan-not-open", 0) == (renewed.code, returned.renewals)


async def consistent(branch: Branch) -> None:
    """Assert that each copy serves at most one hold, and that copies and holds say the same of it."""
    async with branch.database.reading() as connection:
        of_copies = select(circulation_records.c.hold_id, circulation_records.c.copy_id)
        by_copies = {
            tuple(row) for row in await connection.execute(of_copies.where(circulation_records.c.hold_id.is_not(None)))
        }
        of_holds = select(holds.c.hold_id, holds.c.copy_id).where(
            holds.c.status.in_(ACTIVE), holds.c.copy_id.is_not(None)
        )
        by_holds = {tuple(row) for row in await connection.execute(of_holds)}
        out = set((await connection.execute(select(loans.c.copy_id).where(loans.c.returned_at.is_(None)))).scalars())
    assert by_copies == by_holds
    assert len(by_copies) == len({copy_id for _, copy_id in by_copies})
    assert out.isdisjoint(copy_id for _, copy_id in by_copies)


async def test_a_hold_against_a_check_out_never_lends_what_is_held_nor_holds_what_is_not_there(branch: Branch) -> None:
    branch.catalogue.copies = [a_copy()]
    for _ in ROUNDS:
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
        await branch.holding.suspend_hold(Suspend(OfHold(held.hold_id)))
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
    for number in ROUNDS:
        branch.catalogue.copies = [a_copy()]
        held = await branch.hold(card="KIM")
        branch.catalogue.copies = [a_copy(refusals=broken)]
        report = CopyReport(EMMA_COPY, EMMA, "MAIN", "book", "in_repair", number + 1)
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
    views = SqlHoldViews(branch.database)
    branch.catalogue.copies = branch.catalogue.copies[:2]
    for _ in ROUNDS:
        await branch.check_out("C0")
        await branch.check_out("C1")
        hold = await branch.hold(card="KIM")
        await told(branch)

        await at_once(branch.bring_back("C0"), branch.bring_back("C1"))

        assert 1 == [type_ for type_, _ in await told(branch)].count(HOLD_TYPES[HoldEventType.READY])
        (captured,) = await views.away("hold_shelf", None, limit=10, after=None)
        assert hold.hold_id == captured.hold_id
        await branch.check_out(captured.barcode, card="KIM")
        await branch.bring_back(captured.barcode)
