"""Who leaves is let go when nothing is open: at once, or when the last loan or hold ends; and then forgotten."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update

from loans_service.application.fines.fine_views import FineFilter
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter
from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.domain.borrower import MemberLeaving
from loans_service.domain.privacy.retention import ENDED
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.persistence.tables import borrowers, loans, plumbing
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.statements import DriverStatement, Prepared, Statement
from shared.persistence.transaction import Transaction
from tests.loans.branch import Branch
from tests.loans.makers import ADA, NOW, a_loan

REQUEST = UUID("01900000-0000-7000-8000-0000001ea0e1")
CLEARED = (str(ADA), {"member_id": str(ADA), "leaving_id": str(REQUEST)})


@pytest.fixture
def branch(database: Database) -> Branch:
    return Branch(database)


async def hear(branch: Branch, leaving_id: UUID | None = REQUEST, *, sequence: int = 1, message_id: str = "") -> None:
    news = LeavingNews(message_id or str(new_id()), ADA, leaving_id, sequence)
    await branch.privacy.note_leaving(news, listener="loans.members")


async def look_again(branch: Branch) -> None:
    await branch.privacy.clear_borrowers()


async def answers(branch: Branch) -> list[tuple[str, Any]]:
    """Return subject and data of each answer that waits in the outbox."""
    told = plumbing.outbox.c
    query = select(told.subject, told.data).where(told.type == "loans.borrower.cleared").order_by(told.sequence)
    return [(row[0], row[1]) for row in await branch.database.rows(query)]


async def borrowed_by(branch: Branch, member_id: UUID = ADA) -> int:
    found = await LoanQueries(branch.database, branch.clock).loans(
        LoanFilter(NOW, member_id=member_id), limit=100, before=None
    )
    return len(found)


async def test_who_never_borrowed_is_let_go_at_once(branch: Branch) -> None:
    await hear(branch)

    assert [CLEARED] == await answers(branch)


async def test_who_has_a_loan_is_let_go_after_its_return_and_then_forgotten(branch: Branch) -> None:
    await branch.check_out()
    await hear(branch)
    await look_again(branch)
    while_open = await answers(branch), await borrowed_by(branch)
    await branch.bring_back()

    await look_again(branch)
    await look_again(branch)

    assert ([], 1) == while_open
    assert ([CLEARED], 0) == (await answers(branch), await borrowed_by(branch))
    (kept,) = await branch.database.rows(select(loans.c.member_id, loans.c.override_comment, loans.c.title))
    assert ADA != kept.member_id
    assert (None, "Emma") == (kept.override_comment, kept.title)


async def test_nobody_who_has_nothing_open_waits_for_those_who_have(branch: Branch) -> None:
    others = [UUID(int=number + 1) for number in range(101)]
    async with branch.unit_of_work() as uow:
        for member_id in others:
            uow.loans.add(a_loan(copy_id=new_id(), barcode=f"9{member_id.int:08}", member_id=member_id))
        await uow.commit()
    async with branch.database.engine.begin() as connection:
        leaving = [{"member_id": each, "served": 1, "leaving_id": new_id()} for each in others]
        await connection.execute(insert(borrowers), leaving)
    await branch.check_out()
    await hear(branch)
    await branch.bring_back()

    await look_again(branch)

    assert [CLEARED] == await answers(branch)


async def test_a_reader_whom_a_backup_brought_back_is_forgotten_when_members_says_it_again(branch: Branch) -> None:
    await branch.check_out()
    await branch.bring_back()
    await hear(branch, sequence=5)
    async with branch.database.begin() as transaction:
        await transaction.run(update(loans).values(member_id=ADA))
        await transaction.run(update(borrowers).values(leaving_id=None, leaving_sequence=None, cleared_at=None))
        await transaction.commit()
    brought_back = await borrowed_by(branch)

    await hear(branch, new_id(), sequence=2)  # members, too, counts on from an older number
    await hear(branch, new_id(), sequence=3)

    assert (1, 0) == (brought_back, await borrowed_by(branch))


async def test_the_waiting_holds_of_who_leaves_are_cancelled_at_once(branch: Branch) -> None:
    hold = await branch.hold()

    await hear(branch)

    assert [CLEARED] == await answers(branch)
    told = [event for event in await branch.events() if not event.startswith("loans.copy.")]
    assert ["loans.hold.placed", "loans.hold.cancelled", "loans.borrower.cleared"] == told
    assert await HoldQueries(branch.database).hold(hold.hold_id) is None


async def test_a_copy_captured_for_who_leaves_passes_on(branch: Branch) -> None:
    loan = await branch.check_out(card="KIM")
    await branch.hold()
    await branch.bring_back()
    behind = await branch.hold(card="KIM")

    await hear(branch)

    waiting = await HoldQueries(branch.database).hold(behind.hold_id)
    assert waiting is not None
    assert ("ready", loan.copy_id) == (waiting.status, waiting.copy_id)
    assert [CLEARED] == await answers(branch)


async def test_a_lost_copy_that_is_settled_keeps_nobody(branch: Branch) -> None:
    loan = await branch.check_out()
    await branch.declare_lost(loan.loan_id)
    await hear(branch)
    before = await answers(branch)

    for fine in await FineQueries(branch.database).fines(FineFilter(member_id=ADA), limit=9, before=None):
        await branch.pay(fine.fine_id, fine.owed.amount)
    await look_again(branch)

    assert ([], [CLEARED]) == (before, await answers(branch))


async def test_who_owes_money_is_let_go_when_it_is_settled_and_then_the_fine_is_nobodys(branch: Branch) -> None:
    fine_id = await branch.owe("30000000000019")
    await hear(branch)
    await look_again(branch)
    before = await answers(branch)

    await branch.pay(fine_id, 2500)
    await look_again(branch)

    assert ([], [CLEARED]) == (before, await answers(branch))
    queries = FineQueries(branch.database)
    assert [] == await queries.fines(FineFilter(member_id=ADA), limit=9, before=None)
    assert {("", "")} == {(line.by, line.why) for line in await queries.postings(fine_id)}


async def test_nothing_is_lent_or_held_for_who_leaves_even_if_members_has_not_said_so_yet(branch: Branch) -> None:
    await hear(branch)

    with pytest.raises(MemberLeaving):
        await branch.check_out()
    with pytest.raises(MemberLeaving):
        await branch.hold()


async def test_who_stays_after_all_borrows_again_and_is_not_let_go(branch: Branch) -> None:
    await branch.check_out()
    await hear(branch)
    await hear(branch, None, sequence=2)
    await branch.bring_back()

    await look_again(branch)
    await branch.check_out()

    assert [] == await answers(branch)
    assert 2 == await borrowed_by(branch)


async def test_old_news_that_comes_late_changes_nothing(branch: Branch) -> None:
    await branch.check_out()
    await hear(branch, None, sequence=5)
    await hear(branch, REQUEST, sequence=4)
    await branch.bring_back()
    await look_again(branch)

    assert [] == await answers(branch)


async def test_the_same_news_twice_is_answered_once(branch: Branch) -> None:
    for _ in range(2):
        await hear(branch, message_id="m")

    assert [CLEARED] == await answers(branch)


async def test_another_wish_gets_another_answer(branch: Branch) -> None:
    again = uuid4()
    await hear(branch)
    await hear(branch, None, sequence=2)
    await hear(branch, again, sequence=3)

    assert [str(REQUEST), str(again)] == [data["leaving_id"] for _, data in await answers(branch)]


async def test_loans_that_are_forgotten_have_nothing_in_common(branch: Branch) -> None:
    for _ in range(2):
        await branch.check_out()
        await branch.bring_back()
    await hear(branch)

    async with branch.database.reading() as connection:
        owners = list(await connection.scalars(select(loans.c.member_id)))
        why = list(await connection.execute(text("SELECT DISTINCT by, why FROM loan_history")))
    assert 2 == len(set(owners) - {ADA})
    assert [("", "")] == [tuple(row) for row in why]


async def test_what_lending_keeps_of_who_is_gone_is_an_id(branch: Branch) -> None:
    await branch.check_out()
    await branch.bring_back()
    await hear(branch)

    (row,) = await branch.database.rows(select(borrowers))
    assert (ADA, REQUEST, NOW) == (row.member_id, row.leaving_id, row.cleared_at)


async def test_whoever_forgets_writes_what_stays_known_last_so_that_no_two_wait_for_each_other(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, run = list[str](), Transaction.run

    async def noted(self: Transaction, statement: Statement, /, **values: Any) -> list[Any]:
        if isinstance(statement, Prepared):
            compiled = statement.compiled_for(self.dialect)
        else:
            compiled = DriverStatement(statement, self.dialect, values)
        ran.append(compiled.text)
        return await run(self, statement, **values)

    monkeypatch.setattr(Transaction, "run", noted)

    def last(table: str) -> int:
        return max(place for place, text in enumerate(ran) if re.match(rf"(INSERT INTO|UPDATE) {table}\b", text))

    def assert_last() -> None:
        assert max(map(last, ("payments", "till_receipts", "payouts"))) < last("forgotten_statistics")
        ran.clear()

    await branch.hold()
    await hear(branch)
    assert_last()
    held = await branch.hold(card="KIM")
    await branch.cancel(held.hold_id)
    later = NOW + timedelta(days=400)
    ended = dict.fromkeys(ENDED, later)
    await Forgetting(branch.database)(ended_before=ended, lost_before=later, now=later, limit=9)
    assert_last()
