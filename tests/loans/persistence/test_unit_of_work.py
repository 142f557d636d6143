import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import CheckOutView, LoanFilter, LoanView
from loans_service.domain.lendable_copy import CopyOnLoan
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.persistence.messages import AVAILABILITY_CHANGED, LOAN_TYPES
from loans_service.persistence.tables import plumbing
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.receipts import SqlReceipts
from tests.clocks import SteppingClock
from tests.loans.branch import Branch
from tests.loans.makers import EMMA_COPY, NOW, a_copy, a_loan

CHECKED_OUT, RETURNED = LOAN_TYPES[LoanEventType.CHECKED_OUT], LOAN_TYPES[LoanEventType.RETURNED]


async def outcomes(*attempts: Callable[[], Awaitable[object]]) -> list[object]:
    """Run all attempts at once and return each one's result or refusal."""
    return list(await asyncio.gather(*(attempt() for attempt in attempts), return_exceptions=True))


async def test_a_loan_comes_back_from_the_database_as_it_went_in(database: Database) -> None:
    branch = Branch(database)
    told = await branch.check_out()

    shown = await LoanQueries(database, SteppingClock(NOW)).loan(told.loan_id)

    assert shown is not None
    assert told == CheckOutView.with_notes(shown, ())


async def test_loan_and_events_are_there_together(database: Database) -> None:
    branch = Branch(database)

    await branch.check_out()
    await branch.bring_back()

    assert [CHECKED_OUT, AVAILABILITY_CHANGED, RETURNED, AVAILABILITY_CHANGED] == await branch.events()
    assert 2 == branch.rung


async def test_without_commit_neither_loan_nor_event_remains(database: Database) -> None:
    branch = Branch(database)

    async with branch.unit_of_work() as uow:
        uow.loans.add(a_loan())

    assert 0 == await branch.open_loans()
    assert [] == await branch.events()


async def test_twenty_desks_lend_one_copy_once(database: Database) -> None:
    branch = Branch(database)

    done = await outcomes(*[branch.check_out] * 20)

    refused = [result for result in done if isinstance(result, LibraryError)]
    assert 1 == sum(isinstance(result, LoanView) for result in done)
    assert ["copy-on-loan"] * 19 == [refusal.code for refusal in refused]
    assert [CHECKED_OUT, AVAILABILITY_CHANGED] == await branch.events()


async def test_one_member_at_two_desks_gets_the_last_loan_once(database: Database) -> None:
    copies = [a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(6)]
    branch = Branch(database, *copies)
    for number in range(4):
        await branch.check_out(f"C{number}", card="KIM")

    for _ in range(10):
        done = await outcomes(
            lambda: branch.check_out("C4", card="KIM"),
            lambda: branch.check_out("C5", card="KIM"),
        )

        (won,) = [result for result in done if isinstance(result, LoanView)]
        (lost,) = [result for result in done if isinstance(result, LibraryError)]
        assert "loan-limit-reached" == lost.code
        assert 5 == await branch.open_loans()
        await branch.bring_back(won.barcode)


async def test_two_returns_of_one_copy_close_its_loan_once(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()

    done = await outcomes(*[branch.bring_back] * 5)

    assert [None] * 4 == [result for result in done if not isinstance(result, LoanView)]
    assert 1 == (await branch.events()).count(RETURNED)


async def test_a_copy_lent_by_a_clock_that_is_behind_can_be_returned(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()
    await branch.bring_back()
    branch.clock.pass_by(-timedelta(minutes=10))
    lent = await branch.check_out()
    branch.clock.pass_by(timedelta(minutes=10))

    returned = await branch.bring_back()

    assert returned is not None
    assert lent.loan_id == returned.loan_id


async def test_a_clock_that_is_behind_takes_a_copy_back_as_of_when_it_was_lent(database: Database) -> None:
    branch = Branch(database)
    lent = await branch.check_out()
    branch.clock.pass_by(-timedelta(minutes=10))

    returned = await branch.bring_back()

    assert returned is not None
    assert (lent.loan_id, lent.checked_out_at) == (returned.loan_id, returned.returned_at)


async def test_an_arrival_and_a_check_out_at_once_leave_the_copys_last_word_true(database: Database) -> None:
    branch = Branch(database)

    for _ in range(10):
        await branch.check_out()
        await branch.bring_back(branch="EAST")
        await outcomes(lambda: branch.bring_back(branch="MAIN"), lambda: branch.check_out(card="KIM"))

        last = select(plumbing.outbox.c.data).order_by(plumbing.outbox.c.sequence.desc()).limit(1)
        word = (await database.first(last))[0]["availability"]
        assert ("on_loan" if await branch.open_loans() else "available") == word
        await branch.bring_back(branch="MAIN")


async def test_the_database_itself_refuses_a_second_open_loan_of_a_copy(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()

    async with branch.unit_of_work() as uow:
        uow.loans.add(a_loan(copy_id=EMMA_COPY, member_id=new_id()))
        with pytest.raises(CopyOnLoan):
            await uow.commit()


async def test_a_copy_that_floated_into_its_new_home_is_published_as_at_home_by_whoever_meets_it_first(
    database: Database,
) -> None:
    branch, copy = Branch(database), a_copy().as_circulating()
    async with branch.unit_of_work() as uow:
        record = await uow.copies.record_of(copy)
        record.receive("EAST", hold=None, shelf_until=NOW, now=NOW, stays=True)
        await uow.commit()

    async with branch.unit_of_work() as uow:
        await uow.former.away([replace(copy, home_branch="EAST")], now=NOW)
        await uow.commit()

    async with database.reading() as connection:
        last = (await connection.execute(select(plumbing.outbox).order_by(plumbing.outbox.c.sequence.desc()))).first()
    assert last is not None
    assert ("available", "home", "EAST") == (
        last.data["availability"], last.data["stands"]["why"], last.data["stands"]["branch"]
    )  # fmt: skip
    assert [] == await ConsistencyQueries(database).away(after=UUID(int=0), limit=9)


async def test_the_receipt_of_a_check_out_is_kept_with_it(database: Database) -> None:
    branch = Branch(database)
    receipt = Receipt.of(caller="desk 1", key="k1", request=b"check out")

    loan = await branch.check_out(receipt=receipt)

    assert loan == await SqlReceipts(database, plumbing.receipts).find(receipt, CheckOutView)


async def test_a_barcode_is_found_whatever_its_case(database: Database) -> None:
    branch = Branch(database, a_copy(barcode="LIB-0A"))
    await branch.check_out("LIB-0A")

    assert await branch.bring_back("lib-0a") is not None


async def test_loans_are_listed_newest_first_page_by_page_and_filtered(database: Database) -> None:
    copies = [a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(5)]
    branch = Branch(database, *copies)
    for copy in copies:
        await branch.check_out(copy.barcode)
        branch.clock.pass_by(timedelta(days=1))
    await branch.bring_back("C1")
    queries = LoanQueries(database, SteppingClock(NOW))

    first = await queries.loans(LoanFilter(NOW), limit=2, before=None)
    last = first[-1]
    rest = await queries.loans(LoanFilter(NOW), limit=10, before=(last.checked_out_at, last.loan_id))
    still_open = await queries.loans(LoanFilter(NOW, status="open"), limit=10, before=None)
    late = await queries.loans(LoanFilter(NOW + timedelta(days=22), overdue=True), limit=10, before=None)
    one_copy = await queries.loans(LoanFilter(NOW, copy_id=copies[3].copy_id), limit=10, before=None)

    assert ["C4", "C3", "C2", "C1", "C0"] == [loan.barcode for loan in first + rest]
    assert ["C4", "C3", "C2", "C0"] == [loan.barcode for loan in still_open]
    assert ["C0"] == [loan.barcode for loan in late]
    assert ["C3"] == [loan.barcode for loan in one_copy]
