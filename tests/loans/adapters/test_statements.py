"""What an act costs the database: counted, and explained."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from loans_service.adapters.sql_accounts import SqlAccounts
from loans_service.adapters.sql_tables import map_model
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_copy


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


LATEST_FIRST = "ORDER BY checked_out_at DESC LIMIT 1"

HOT = {
    "the open loans of a member and a copy": (
        f"""SELECT v.policy, loans.copy_id FROM (SELECT (SELECT max(version) FROM policies) AS policy) v
        LEFT JOIN loans ON returned_at IS NULL AND (copy_id = '{EMMA_COPY}' OR member_id = '{ADA}')""",
        {"uq_loans_open_copy", "ix_loans_open_member"},
    ),
    "the latest loan of a copy": (
        f"SELECT 1 FROM loans WHERE copy_id = '{EMMA_COPY}' {LATEST_FIRST}",
        {"ix_loans_copy"},
    ),
    "the latest loan of a barcode": (
        f"SELECT 1 FROM loans WHERE barcode_key = '30000000000019' {LATEST_FIRST}",
        {"ix_loans_barcode"},
    ),
    "who waits for a book": (
        f"SELECT hold_id FROM holds WHERE book_id = '{EMMA}' AND status = 'waiting' ORDER BY queue_order",
        {"ix_holds_queue"},
    ),
    "the copy on a hold shelf": (
        f"SELECT place FROM whereabouts WHERE copy_id = '{EMMA_COPY}'",
        {"pk_whereabouts"},
    ),
    "the copies to clear": (
        "SELECT copy_id FROM whereabouts WHERE place = 'to_clear' AND branch = 'MAIN' ORDER BY since, copy_id LIMIT 20",
        {"ix_whereabouts_place"},
    ),
    "the active holds of a member": (
        f"SELECT hold_id FROM holds WHERE member_id = '{ADA}' AND status IN ('waiting', 'in_transit', 'ready')",
        {"ix_holds_active_member"},
    ),
    "the holds of a member": (
        f"SELECT hold_id FROM holds WHERE member_id = '{ADA}' ORDER BY placed_at DESC, hold_id DESC LIMIT 20",
        {"ix_holds_member"},
    ),
    "the copies that are missed": (
        """SELECT loan_id FROM loans WHERE returned_at IS NULL AND (lost_at IS NOT NULL OR claimed_at IS NOT NULL)
        AND lost_at IS NOT NULL ORDER BY checked_out_at DESC, loan_id DESC LIMIT 20""",
        {"ix_loans_missed"},
    ),
    "the history of a loan": (
        f"SELECT deed FROM loan_history WHERE loan_id = '{EMMA_COPY}' ORDER BY entry_id",
        {"ix_loan_history_loan"},
    ),
    "the loans of a member": (
        f"SELECT loan_id FROM loans WHERE member_id = '{ADA}' ORDER BY checked_out_at DESC, loan_id DESC LIMIT 20",
        {"ix_loans_member"},
    ),
    "the newest loans": (
        "SELECT loan_id FROM loans ORDER BY checked_out_at DESC, loan_id DESC LIMIT 20",
        {"ix_loans_newest"},
    ),
}


TWENTY_THOUSAND_HOLDS = """
    INSERT INTO holds (
        hold_id, book_id, title, member_id, category, placed_at, queue_order, status, suspended, version
    )
    SELECT
        gen_random_uuid(), gen_random_uuid(), 'Emma', gen_random_uuid(), 'adult', now() - n * interval '1 minute', n,
        CASE WHEN n % 10 > 0 THEN 'fulfilled' ELSE 'waiting' END, false, 1
    FROM generate_series(1, 20000) n
"""
TWENTY_THOUSAND_COPIES_AWAY = """
    INSERT INTO whereabouts (
        copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, place, branch, since
    )
    SELECT
        gen_random_uuid(), gen_random_uuid(), n::text, n::text, 'Emma', 'MAIN', 'book',
        CASE WHEN n % 10 > 0 THEN 'transit' ELSE 'to_clear' END, 'B' || n % 50, now() - n * interval '1 minute'
    FROM generate_series(1, 20000) n
"""
TWENTY_THOUSAND_DEEDS = """
    INSERT INTO loan_history (loan_id, at, deed, by, why, due_at)
    SELECT gen_random_uuid(), now(), 'returned', 'somebody', '', now() FROM generate_series(1, 20000) n
"""
TWENTY_THOUSAND_LOANS = f"""
    INSERT INTO loans (
        loan_id, copy_id, book_id, member_id, barcode, barcode_key, checked_out_at, due_at, returned_at,
        title, home_branch, item_type, branch, rule, policy_version, renewals_allowed, renewals, override_codes, version
    )
    SELECT
        gen_random_uuid(), gen_random_uuid(), '{EMMA}', gen_random_uuid(), n::text, n::text,
        now() - n * interval '1 minute', now(), CASE WHEN n % 10 > 0 THEN now() END,
        'Emma', 'MAIN', 'book', 'MAIN', 'adult', 1, 2, 0, '[]', 2
    FROM generate_series(1, 20000) n
"""


@pytest.mark.parametrize("question", HOT)
async def test_every_hot_question_is_answered_by_its_index(postgres_url: str, question: str) -> None:
    map_model()
    database = Database(postgres_url)
    await migrate(database, "loans_service")
    query, indexes = HOT[question]
    async with database.engine.begin() as connection:
        for rows in (TWENTY_THOUSAND_LOANS, TWENTY_THOUSAND_HOLDS, TWENTY_THOUSAND_COPIES_AWAY, TWENTY_THOUSAND_DEEDS):
            await connection.execute(text(rows))
        await connection.execute(text("ANALYZE loans, holds, whereabouts, loan_history"))
        plan = "\n".join((await connection.execute(text(f"EXPLAIN {query}"))).scalars())
    await database.dispose()

    assert "Seq Scan" not in plan
    assert all(index in plan for index in indexes), plan


async def test_where_a_borrower_stands_costs_one_statement(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    await branch.check_out()
    await branch.check_out("C2")

    with statements(database) as seen:
        account = await SqlAccounts(database).of_member(ADA)
    nobody = await SqlAccounts(database).of_member(new_id())

    assert (len(seen), len(account.open_loans), account.policy_version) == (1, 2, 1)
    assert (nobody.open_loans, nobody.holds, nobody.owed, nobody.leaving) == ((), 0, 0, False)
