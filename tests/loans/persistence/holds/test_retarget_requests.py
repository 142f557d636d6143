"""The work list of books that are to be looked at again."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from sqlalchemy import insert

from loans_service.persistence.holds.retarget_requests import RetargetQueue
from loans_service.persistence.tables import retarget_requests
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, NOW, a_hold


class Interrupted:
    """A database in which something happens right after each reading."""

    def __init__(self, database: Database, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def rows(self, query: Any, **values: Any) -> list[Any]:
        found = await self._database.rows(query, **values)
        await self._meanwhile()
        return found


async def test_a_hold_that_comes_while_a_book_is_found_idle_is_looked_at(database: Database) -> None:
    branch = Branch(database)
    async with database.engine.begin() as connection:
        late = {"request_id": 1_000, "book_id": EMMA, "due_at": NOW}  # of two that begin, the first may end last
        await connection.execute(insert(retarget_requests), [late])

    async def a_hold_comes() -> None:
        async with branch.unit_of_work() as uow:
            uow.holds.add(a_hold())
            uow.retarget_requests.add(EMMA, at=NOW)
            await uow.commit()

    before = await RetargetQueue(cast("Database", Interrupted(database, a_hold_comes))).due(now=NOW, most=50)
    after = await RetargetQueue(database).due(now=NOW, most=50)

    assert [] == before
    assert [EMMA] == [request.book_id for request in after]
