"""Old postings and receipts are kept as sums, and a balance reads only what came since."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from loans_service.application.consistency.money import MoneyFaults
from loans_service.application.consistency.use_cases import ConsistencyUseCases
from loans_service.application.fines.pay_borrower import BorrowerPayment
from loans_service.application.tills.book_receipt import AtTill
from loans_service.domain.fines.fine import Fine
from loans_service.domain.fines.payment import Excess
from loans_service.domain.tills.till import Method
from loans_service.persistence.fines.fine_tables import fine_entries
from loans_service.persistence.fines.kept_sums import SETTLED, KeptSums, ledger_sums, receipt_sums, sum_marks
from loans_service.persistence.tills.till_tables import till_receipts
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import ADA, NOW, euros


async def take_money(branch: Branch, *cents: int) -> None:
    """Let Ada owe each amount, pay it and leave a cent as credit, by one method or another."""
    for number, amount in enumerate(cents):
        async with branch.unit_of_work() as uow:
            fine = Fine(id=new_id(), loan_id=None, member_id=ADA, reason="fee", amount=euros(amount), now=NOW)
            uow.fines.add(fine)
            await uow.commit()
        at = AtTill((Method.CASH, Method.CARD)[number % 2], branch="MAIN")
        await branch.pay_borrower(BorrowerPayment(ADA, euros(amount + 1), excess=Excess.CREDIT, at=at))


async def keep(branch: Branch, *, later: timedelta = SETTLED) -> None:
    branch.clock.pass_by(later)
    await KeptSums(branch.database).keep(now=branch.clock.now())


async def whole(branch: Branch) -> tuple[Any, MoneyFaults]:
    show_balance = ConsistencyUseCases(branch.ports).show_balance
    return await show_balance(), await show_balance.faults()


async def test_a_balance_is_the_same_whatever_of_it_is_kept(database: Database) -> None:
    branch = Branch(database)
    await take_money(branch, 100, 250, 70)
    before = await whole(branch)

    await keep(branch)
    await keep(branch)
    await take_money(branch, 30, 30)
    after = await whole(branch)
    await keep(branch)
    await keep(branch)

    assert (True, MoneyFaults([], [])) == (before[0].agrees, before[1])
    assert after == await whole(branch)
    assert (euros(480), MoneyFaults([], [])) == (after[0].ledger.charged, after[1])
    rows = await database.rows(select(ledger_sums.c.posting, ledger_sums.c.amount))
    assert {"charged": 480, "paid": 480} == {row.posting: row.amount for row in rows}
    rows = await database.rows(select(receipt_sums.c.method, receipt_sums.c.taken))
    assert {"cash": 100 + 70 + 30 + 3, "card": 250 + 30 + 2} == {row.method: row.taken for row in rows}


async def test_a_posting_that_is_committed_after_a_later_one_is_not_left_out(database: Database) -> None:
    branch = Branch(database)
    await take_money(branch, 100, 100)
    await keep(branch)
    late = (await database.rows(select(fine_entries).order_by(fine_entries.c.entry_id)))[0]._asdict()
    async with database.engine.begin() as connection:
        await connection.execute(fine_entries.delete().where(fine_entries.c.entry_id == late["entry_id"]))
    await keep(branch, later=SETTLED - timedelta(seconds=1))
    async with database.engine.begin() as connection:
        await connection.execute(insert(fine_entries).values(late))
    await keep(branch)

    shown, faults = await whole(branch)

    assert (True, MoneyFaults([], [])) == (shown.agrees, faults)


async def test_sums_that_are_not_those_of_what_they_were_made_of_are_told(database: Database) -> None:
    branch = Branch(database)
    await take_money(branch, 100, 250)
    await keep(branch)
    await keep(branch)
    async with database.engine.begin() as connection:
        await connection.execute(update(fine_entries).values(amount=fine_entries.c.amount + 1))

    assert MoneyFaults(["EUR"], []) == (await whole(branch))[1]


async def test_a_receipt_that_was_counted_and_is_gone_is_found_by_counting_anew(database: Database) -> None:
    branch = Branch(database)
    await take_money(branch, 100, 250)
    await keep(branch)
    async with database.engine.begin() as connection:
        await connection.execute(till_receipts.delete().where(till_receipts.c.method == Method.CARD))
    (till,) = {row.till for row in await database.rows(select(sum_marks.c.till)) if row.till}

    assert MoneyFaults(["EUR"], [till]) == (await whole(branch))[1]
