"""What an act costs the database: counted, and explained."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from loans_service.adapters.sql_accounts import SqlAccounts
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import ADA, a_copy


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect every statement that the database is sent inside the block."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:  # noqa: PLR0917 - SQLAlchemy's signature
        if not statement.startswith("BEGIN"):  # where the driver sends it as any other, it is counted nowhere else
            seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_a_check_out_costs_two_calls_at_once_and_one_transaction_of_at_most_eight_statements(
    database: Database,
) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.catalogue.rendezvous = branch.members.rendezvous = asyncio.Barrier(2)
    await branch.put_calendar({"timezone": "Europe/Berlin", "country": "DE"})

    with statements(database) as first:
        await branch.check_out(receipt=Receipt.of(caller="desk", key="k1", request=b""))
    with statements(database) as later:
        await branch.check_out("C2", receipt=Receipt.of(caller="desk", key="k2", request=b""))

    assert (2, 2) == (branch.catalogue.questions, branch.members.questions)
    assert len(first) <= 8, first
    assert len(later) == len(first), later  # what is kept of policy and calendar saves reading, not asking


async def test_a_check_out_waits_for_both_answers_at_once(database: Database) -> None:
    """The rendezvous lets nobody through before the other has come: asked one after the other, both would wait."""
    branch = Branch(database)
    branch.catalogue.rendezvous = branch.members.rendezvous = asyncio.Barrier(2)

    await asyncio.wait_for(branch.check_out(), timeout=5)

    assert 1 == await branch.open_loans()


async def test_a_check_out_that_fulfils_a_hold_costs_no_more_than_eight_statements_either(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    await branch.check_out("C2")
    await branch.hold(card="KIM")
    await branch.bring_back()
    branch.rules = branch.no_rules_kept()  # as in a process that has just started

    with statements(database) as seen:
        await branch.check_out(card="KIM", receipt=Receipt.of(caller="desk", key="k1", request=b""))

    assert len(seen) <= 8, seen
    assert 2 == await branch.open_loans()


async def test_passing_on_the_copy_that_was_set_aside_for_whom_took_another_costs_four_more(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    await branch.check_out()
    await branch.hold(card="KIM")
    await branch.bring_back()

    with statements(database) as seen:
        await branch.check_out("C2", card="KIM", receipt=Receipt.of(caller="desk", key="k1", request=b""))

    assert len(seen) <= 12, seen
    assert "loans.hold.fulfilled" == (await branch.events())[-2]


async def test_a_return_costs_at_most_eight_statements(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()

    with statements(database) as seen:
        await branch.bring_back()

    assert len(seen) <= 8, seen


async def test_where_a_borrower_stands_costs_one_statement(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    await branch.check_out()
    await branch.check_out("C2")

    with statements(database) as seen:
        account = await SqlAccounts(database).of_member(ADA)
    nobody = await SqlAccounts(database).of_member(new_id())

    assert (len(seen), len(account.open_loans), account.policy_version) == (1, 2, 1)
    assert (nobody.open_loans, nobody.holds, nobody.owed, nobody.leaving) == ((), 0, 0, False)
