"""What an act costs the database: counted, and explained."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from loans_service.adapters.sql_tables import map_model
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, EMMA_COPY


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect every statement that the database is sent inside the block."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:  # noqa: PLR0917 - SQLAlchemy's signature
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_a_check_out_costs_at_most_eight_statements(database: Database) -> None:
    branch = Branch(database)

    with statements(database) as seen:
        await branch.check_out(receipt=Receipt.of(caller="desk", key="k", request=b""))

    assert len(seen) <= 8, seen


async def test_a_return_costs_at_most_five_statements(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()

    with statements(database) as seen:
        await branch.bring_back()

    assert len(seen) <= 5, seen


LATEST_FIRST = "ORDER BY returned_at IS NULL DESC, checked_out_at DESC, loan_id DESC LIMIT 1"

HOT = {
    "the open loans of a member and a copy": (
        f"SELECT copy_id FROM loans WHERE returned_at IS NULL AND (copy_id = '{EMMA_COPY}' OR member_id = '{ADA}')",
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
