"""A check-out whose connection is lost, or whose caller hangs up, between two of its statements."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.driver import Driver
from tests.kept_database import Kept
from tests.loans.branch import Branch

LENDS = ("BEGIN", "INSERT INTO borrowers", "SELECT", "WITH part_0", "COMMIT")
"""How the statements of a check-out begin."""

Interruption = Callable[[Any], Awaitable[None]]


@pytest.fixture
async def branch(kept_postgres: Kept) -> AsyncIterator[Branch]:
    database = Database(kept_postgres.url)  # whose connections are lost, and nobody else's
    yield Branch(database)
    await database.dispose()


class Interrupted:
    """Lets something happen before the statement that begins like this; only once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, before: str, happens: Interruption) -> None:
        self.done = False
        run = Driver.run

        async def interrupted(driver: Driver, text: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
            if text.startswith(before) and not self.done:
                self.done = True
                await happens(driver._connection)
            return await run(driver, text, values)

        monkeypatch.setattr(Driver, "run", interrupted)


async def lent_once_more(branch: Branch) -> None:
    """Repeat the request, and look whether the copy is lent, once, and no connection is missing from the pool."""
    pool = branch.database.engine.pool
    assert isinstance(pool, QueuePool)
    assert 0 == pool.checkedout()

    await branch.check_out(receipt=Receipt.of(caller="desk", key="k1", request=b""))

    assert 1 == await branch.open_loans()
    assert ["loans.copy.availability_changed", "loans.loan.checked_out"] == sorted(await branch.events())
    assert 0 == pool.checkedout()


@pytest.mark.parametrize("before", LENDS[1:])
async def test_a_backend_that_dies_between_two_statements_leaves_nothing_behind(
    branch: Branch, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(connection: Any) -> None:
        async with branch.database.reading() as other:
            pid = connection.get_server_pid()
            await other.exec_driver_sql("SELECT pg_terminate_backend($1, 10000)", (pid,))

    interrupted = Interrupted(monkeypatch, before, die)
    with pytest.raises(DBAPIError):
        await branch.check_out(receipt=Receipt.of(caller="desk", key="k1", request=b""))

    assert interrupted.done
    assert 0 == await branch.open_loans()
    await lent_once_more(branch)


@pytest.mark.parametrize("before", LENDS)
async def test_a_caller_who_hangs_up_between_two_statements_leaves_nothing_behind(
    branch: Branch, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang_up(_: Any) -> None:
        task.cancel()
        await asyncio.sleep(0)  # where the cancelling reaches the task

    interrupted = Interrupted(monkeypatch, before, hang_up)
    task = asyncio.create_task(branch.check_out(receipt=Receipt.of(caller="desk", key="k1", request=b"")))
    with pytest.raises(asyncio.CancelledError):
        await task

    assert interrupted.done
    assert 0 == await branch.open_loans()
    await lent_once_more(branch)
