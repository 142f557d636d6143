"""What must hold with PgBouncer in between: a few of the tests, chosen for their transactions, and what is its own.

All of them run that way by `pytest tests/end_to_end tests/lab/faults --through-pgbouncer`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.end_to_end import test_conversation, test_erasure, test_import, test_races, test_repeated_requests
from tests.end_to_end.pooled import BOUNDS, PooledLibrary
from tests.end_to_end.processes import run

PARTS: tuple[Callable[[Any], Awaitable[None]], ...] = (
    test_conversation.test_a_book_is_catalogued_lent_seen_by_its_reader_and_returned,
    test_conversation.test_a_returned_copy_waits_for_whoever_holds_it_and_a_missed_one_for_nobody,
    test_conversation.test_the_world_hears_of_a_loan_and_its_return_in_order,
    test_erasure.test_who_has_a_loan_stays_until_its_return_and_is_nowhere_to_be_found_then,
    test_import.test_a_spreadsheet_with_columns_of_its_own_is_imported_by_request,
    test_races.test_of_twenty_clients_who_want_the_same_copy_one_gets_it,
    test_races.test_a_reader_with_one_loan_left_gets_one_loan_at_two_desks_at_once,
    test_repeated_requests.test_a_key_in_use_is_refused_until_its_request_is_answered,
)
_WHO_LEADS = f"""
    SELECT session.client_port FROM pg_locks JOIN pg_stat_activity AS session USING (pid)
    WHERE locktype = 'advisory' AND objid = {0x6C656164} AND session.datname = current_database()
"""


@pytest.fixture(scope="module")
async def pooled() -> AsyncIterator[PooledLibrary]:
    async with PooledLibrary() as library:
        yield library


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__.removeprefix("test_"))
async def test_it_goes_through_a_pooler(part: Callable[[Any], Awaitable[None]], pooled: PooledLibrary) -> None:
    await part(pooled)


async def test_a_relay_leads_in_a_session_that_no_pooler_hands_to_others(pooled: PooledLibrary) -> None:
    through = await pooled.sessions_of_the_pooler()
    connection = await pooled.database()
    try:
        leaders = [row["client_port"] for row in await connection.fetch(_WHO_LEADS)]
    finally:
        await connection.close()

    assert len(leaders) == 1
    assert through
    assert not through & set(leaders)


async def test_what_a_session_would_say_by_itself_its_role_says_and_the_doctor_asks_for_it(
    pooled: PooledLibrary,
) -> None:
    settings = pooled.environment("loans")
    bounded = run("loans_service", "doctor", environment=settings)
    connection = await pooled.database()
    try:
        await connection.execute("ALTER ROLE loans RESET statement_timeout")
        await pooled.forget_sessions()
        unbounded = run("loans_service", "doctor", environment=settings)
    finally:
        await connection.execute(f"ALTER ROLE loans SET statement_timeout = '{BOUNDS['statement_timeout']}'")
        await connection.close()
        await pooled.forget_sessions()

    assert (0, "") == (bounded.returncode, bounded.stderr), bounded.stdout
    assert 1 == unbounded.returncode
    assert "ALTER ROLE" in unbounded.stdout


async def test_who_does_not_say_that_there_is_a_pooler_is_not_let_in_and_told_why(pooled: PooledLibrary) -> None:
    settings = pooled.environment("loans") | {"LOANS_DATABASE_DIRECT_URL": ""}

    told = run("loans_service", "doctor", environment=settings)

    assert 1 == told.returncode
    assert "LOANS_DATABASE_DIRECT_URL" in told.stdout
