"""Several cashiers at once, on the database that lets them work side by side."""

import asyncio

import pytest
from sqlalchemy import select, text

from loans_service.application.consistency.money import MoneyFaults
from loans_service.application.consistency.use_cases import ConsistencyUseCases
from loans_service.application.fines.give_back import Refund, Undoing
from loans_service.application.fines.pay_borrower import BorrowerPayment
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.lending.amendments.charge_borrower import settle_loss
from loans_service.application.privacy.follow_member import MergedMembersNews
from loans_service.application.tills.book_receipt import AtTill
from loans_service.application.tills.pay_out import HandOver
from loans_service.application.tills.till_views import ReceiptFilter
from loans_service.application.tills.use_cases import TillUseCases
from loans_service.domain.fines.fine import Fine
from loans_service.domain.fines.payment import Excess
from loans_service.domain.tills.till import Method
from loans_service.persistence.tills.till_tables import payouts, till_receipts
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from tests.loans.branch import Branch
from tests.loans.makers import ADA, NOW, euros
from tests.loans.persistence.racing import ROUNDS, at_once
from tests.shared.stores import eventually

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
AT_MAIN = AtTill(branch="MAIN", own="CLERK")


@pytest.fixture
def fines(branch: Branch) -> FinesUseCases:
    return FinesUseCases(branch.ports, settle_loss)


@pytest.fixture
def tills(branch: Branch) -> TillUseCases:
    return TillUseCases(branch.ports)


async def owe(branch: Branch, cents: int) -> None:
    async with branch.unit_of_work() as uow:
        uow.fines.add(Fine(id=new_id(), loan_id=None, member_id=ADA, reason="fee", amount=euros(cents), now=NOW))
        await uow.commit()


async def paid(branch: Branch, fines: FinesUseCases, cents: int) -> str:
    """Let Ada owe so much and pay it; return the number of the receipt."""
    await owe(branch, cents)
    view = await fines.pay_borrower(BorrowerPayment(ADA, euros(cents), at=AT_MAIN))
    assert view.receipt is not None
    return view.receipt.number


async def agrees(branch: Branch) -> None:
    """Assert that the money adds up."""
    show_balance = ConsistencyUseCases(branch.ports).show_balance
    shown = await show_balance()
    assert shown.agrees, shown
    assert MoneyFaults([], []) == await show_balance.faults()


async def test_payments_at_one_till_at_once_are_numbered_one_after_the_other_and_refused_ones_leave_no_gap(
    branch: Branch, fines: FinesUseCases, tills: TillUseCases
) -> None:
    for number in ROUNDS:
        at = AtTill(till=None, branch=f"B{number}")
        await owe(branch, 5)

        done = await at_once(*(fines.pay_borrower(BorrowerPayment(ADA, euros(1), at=at)) for _ in range(7)))

        taken = [each for each in done if not isinstance(each, LibraryError)]
        listed = await tills.list_receipts(ReceiptFilter(till=at.code), limit=9, after=None)
        assert 5 == len(taken)
        assert [f"{at.code}-2026-{serial:06}" for serial in range(1, 6)] == sorted(each.number for each in listed)
    await agrees(branch)


async def test_a_payment_that_is_undone_and_refunded_at_once_is_given_back_once(
    branch: Branch, fines: FinesUseCases
) -> None:
    for _ in ROUNDS:
        number = await paid(branch, fines, 100)

        done = await at_once(
            fines.void_receipt(Undoing(number)),
            fines.refund_receipt(Refund(number, "A mistake.", at=AT_MAIN)),
            fines.void_receipt(Undoing(number)),
        )

        async with branch.database.reading() as connection:
            given = (
                await connection.execute(select(till_receipts.c.amount).where(till_receipts.c.reverses == number))
            ).all()
        assert (2, [(100,)]) == (sum(isinstance(each, LibraryError) for each in done), [tuple(row) for row in given])
        await fines.pay_borrower(BorrowerPayment(ADA, euros(100), at=AT_MAIN))
    await agrees(branch)


async def test_what_is_owed_to_a_member_is_used_or_paid_out_and_never_both(
    branch: Branch, fines: FinesUseCases, tills: TillUseCases
) -> None:
    for _ in ROUNDS:
        await fines.pay_borrower(BorrowerPayment(ADA, euros(100), excess=Excess.CREDIT, at=AT_MAIN))
        (due,) = await tills.list_payouts(member_id=ADA, due=True, limit=9, after=None)
        await owe(branch, 60)

        await at_once(
            fines.pay_borrower(BorrowerPayment(ADA, euros(60), at=AtTill(Method.CREDIT, branch="MAIN"))),
            tills.pay_out(HandOver(due.payout_id, AT_MAIN)),
        )

        async with branch.database.reading() as connection:
            query = select(payouts.c.used, payouts.c.paid).where(payouts.c.payout_id == due.payout_id)
            (row,) = (await connection.execute(query)).all()
        assert tuple(row) in {(60, 40), (0, 100)}
        if row.used == 0:
            await fines.pay_borrower(BorrowerPayment(ADA, euros(60), at=AT_MAIN))
    await agrees(branch)


async def test_what_is_paid_out_while_members_are_merged_has_a_receipt_of_the_one_who_stays(
    branch: Branch, fines: FinesUseCases, tills: TillUseCases
) -> None:
    stays = new_id()
    await fines.pay_borrower(BorrowerPayment(ADA, euros(100), excess=Excess.CREDIT, at=AT_MAIN))
    (due,) = await tills.list_payouts(member_id=ADA, due=True, limit=9, after=None)
    merged = MergedMembersNews(str(new_id()), ADA, stays, 5)

    async with branch.unit_of_work() as busy, asyncio.TaskGroup() as acts:
        await busy.tills.lock(AT_MAIN.code)
        acts.create_task(tills.pay_out(HandOver(due.payout_id, AT_MAIN)))
        await eventually(lambda: waiting(branch, 1))
        acts.create_task(branch.privacy.join_borrowers(merged, listener="loans.members"))
        await eventually(lambda: waiting(branch, 2))
        await busy.commit()

    given = await branch.database.rows(select(till_receipts.c.kind, till_receipts.c.member_id))
    assert {("payment", stays), ("payout", stays)} == {tuple(row) for row in given}
    await agrees(branch)


async def waiting(branch: Branch, number: int) -> bool:
    """Tell whether so many acts wait for a lock."""
    async with branch.database.reading() as connection:
        found: int = (await connection.execute(WAITING)).scalar_one()
    return found == number
