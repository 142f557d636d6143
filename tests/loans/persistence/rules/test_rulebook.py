import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from loans_service.persistence.tables import loans
from shared.kernel.errors import OutOfDate
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.kept_database import Kept
from tests.loans.branch import Branch
from tests.loans.makers import ALWAYS_OPEN, NOW, a_copy, a_loan, a_standing

COPIES = [a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(3)]


@pytest.fixture
async def processes(kept_postgres: Kept) -> AsyncIterator[list[Branch]]:
    """Three processes of one library: each with connections, and a memory for rules, of its own."""
    databases = [Database(kept_postgres.url) for _ in range(3)]
    branches = [Branch(database, *COPIES) for database in databases]
    for branch in branches:
        branch.members.by_card |= {f"M{number}": a_standing(member_id=new_id()) for number in range(3)}
    yield branches
    for database in databases:
        await database.dispose()


def lent_for(days: int) -> list[dict[str, object]]:
    return [{"name": f"{days} days", "period": {"amount": days, "unit": "days"}}]


async def test_each_loan_is_made_under_exactly_the_version_that_it_records(processes: list[Branch]) -> None:
    days_of = {1: 21}

    for change in range(100):
        days = 10 + change
        *lent, version = await asyncio.gather(
            processes[0].check_out("C0", card="M0"),
            processes[1].check_out("C1", card="M1"),
            processes[2].put_policy(rules=lent_for(days)),
        )
        days_of[version] = days
        after = await processes[change % 2].check_out("C2", card="M2")

        assert after.policy.version == version
        for loan in (*lent, after):
            last_day = NOW.date() + timedelta(days=days_of[loan.policy.version])
            assert ALWAYS_OPEN.end_of_day(last_day) == loan.due_at
            await processes[2].bring_back(loan.barcode)


async def test_no_loan_is_made_under_a_calendar_that_no_longer_counts(processes: list[Branch]) -> None:
    for closed_days in range(20):
        first = NOW.date() + timedelta(days=21)
        closed = [{"from": first.isoformat(), "to": (first + timedelta(days=closed_days)).isoformat(), "name": "Fair"}]

        during, _ = await asyncio.gather(
            processes[0].check_out("C0", card="M0"),
            processes[1].put_calendar({"timezone": "UTC", "closed": closed}),
        )
        after = await processes[0].check_out("C1", card="M1")

        assert ALWAYS_OPEN.end_of_day(first + timedelta(days=closed_days + 1)) == after.due_at
        assert during.due_at <= after.due_at
        for loan in (during, after):
            await processes[2].bring_back(loan.barcode)


async def test_policies_put_at_once_become_versions_one_after_the_other(processes: list[Branch]) -> None:
    puts = (branch.put_policy(rules=lent_for(5 + place)) for place, branch in enumerate(processes))

    assert {2, 3, 4} == set(await asyncio.gather(*puts))


async def test_a_version_that_is_there_is_never_written_again(database: Database) -> None:
    branch = Branch(database)
    async with branch.unit_of_work() as uow:
        present = await uow.rulebook.policy_in_force()
        with pytest.raises(OutOfDate):
            await uow.rulebook.add_policy(present)


async def test_a_loan_remembers_the_category_of_its_borrower(database: Database) -> None:
    await Branch(database).check_out(card="KIM")

    assert ["child"] == [row[0] for row in await database.rows(select(loans.c.category))]


async def test_a_closing_waits_for_the_loan_that_is_being_made_and_then_moves_it(processes: list[Branch]) -> None:
    first = NOW.date() + timedelta(days=21)
    loan = a_loan(due_at=ALWAYS_OPEN.end_of_day(first))

    async with processes[0].unit_of_work() as uow:
        await uow.lock(book_id=loan.copy.book_id, member_id=loan.member_id)
        closing = asyncio.create_task(processes[1].close(first, first))
        await asyncio.sleep(0.3)
        assert not closing.done()
        uow.loans.add(loan)
        await uow.commit()

    assert 1 == (await closing).loans_moved
    assert {loan.id: ALWAYS_OPEN.end_of_day(first + timedelta(days=1))} == await processes[2].due_dates()
