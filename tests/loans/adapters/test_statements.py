"""What an act costs the database: counted, and explained."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

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
    assert len(first) <= 8, first  # policy and calendar are read once
    assert len(later) == len(first) - 2, later


async def test_a_check_out_waits_for_both_answers_at_once(database: Database) -> None:
    """The rendezvous lets nobody through before the other has come: asked one after the other, both would wait."""
    branch = Branch(database)
    branch.catalogue.rendezvous = branch.members.rendezvous = asyncio.Barrier(2)

    await asyncio.wait_for(branch.check_out(), timeout=5)

    assert 1 == await branch.open_loans()


async def test_a_return_costs_at_most_five_statements(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()

    with statements(database) as seen:
        await branch.bring_back()

    assert len(seen) <= 5, seen


LATEST_FIRST = "ORDER BY returned_at IS NULL DESC, checked_out_at DESC, loan_id DESC LIMIT 1"

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
    "the loans of a member": (
        f"SELECT loan_id FROM loans WHERE member_id = '{ADA}' ORDER BY checked_out_at DESC, loan_id DESC LIMIT 20",
        {"ix_loans_member"},
    ),
    "the newest loans": (
        "SELECT loan_id FROM loans ORDER BY checked_out_at DESC, loan_id DESC LIMIT 20",
        {"ix_loans_newest"},
    ),
}


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
        await connection.execute(text(TWENTY_THOUSAND_LOANS))
        await connection.execute(text("ANALYZE loans"))
        plan = "\n".join((await connection.execute(text(f"EXPLAIN {query}"))).scalars())
    await database.dispose()

    assert "Seq Scan" not in plan
    assert all(index in plan for index in indexes), plan
