"""What waits for one person, of one group and one branch, is one message: whoever puts it there, by whichever way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from members_service.domain.membership.personal_details import Address
from members_service.domain.notices.circulation import LoanNow
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.tables import notice_messages, notices
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from tests.kept_database import Kept
from tests.members.notices import NoticeDesk
from tests.members.register import Register

_DUE = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def _tell(desk: NoticeDesk, member_id: UUID, kind: NoticeKind, branch: str | None = "MAIN") -> None:
    await desk.tell(Occurrence(member_id, kind, new_id(), desk.clock.now(), branch=branch))


async def _messages(desk: NoticeDesk) -> list[tuple[str, str | None, int]]:
    """Return way and branch of each message, and how many notices are in it."""
    database, c = desk.register.database, notice_messages.c
    counted = [row.message_id for row in await database.rows(select(notices.c.message_id))]
    rows = await database.rows(select(c.way, c.branch, c.message_id).order_by(c.message_id))
    return [(row.way, row.branch, counted.count(row.message_id)) for row in rows]


class _Slow:
    """Opens transactions that are not committed before a test lets them be: what is in them, nobody sees yet."""

    def __init__(self, desk: NoticeDesk) -> None:
        self._desk = desk
        self.is_done, self.may_commit = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def __call__(self, receipt: Receipt | None = None) -> AsyncIterator[Any]:
        async with self._desk.unit_of_work(receipt) as uow:
            commit = uow.commit

            async def commit_late() -> None:
                self.is_done.set()
                await self.may_commit.wait()
                await commit()

            uow.commit = commit_late  # type: ignore[method-assign,assignment]  # it takes its time
            yield uow


async def test_what_comes_while_another_relay_makes_a_message_goes_into_that_one(
    kept_postgres: Kept, keys: DataKeys
) -> None:
    desk = NoticeDesk(Register(kept_postgres.database, keys))
    ada = (await desk.register.enrol()).member_id
    await _tell(desk, ada, NoticeKind.HOLD_READY)
    desk.clock.pass_by(timedelta(minutes=16))
    slow: Any = _Slow(desk)
    bundling = asyncio.create_task(replace(desk.bundle, unit_of_work=slow)())
    await slow.is_done.wait()
    at = desk.clock.now() - timedelta(minutes=16)  # it was on its way for long
    await desk.tell(Occurrence(ada, NoticeKind.HOLD_ENDED, new_id(), at, branch="MAIN"))

    await desk.bundle()
    slow.may_commit.set()
    await bundling
    await desk.bundle_all()

    assert [("mail", "MAIN", 2)] == await _messages(desk)


async def _who_gets_letters(desk: NoticeDesk) -> UUID:
    home = Address("1 High Street", "12345", "Middlemarch")
    return (await desk.register.enrol(email=None, address=home, home_branch="MAIN")).member_id


@pytest.mark.parametrize("branches", [(None, "MAIN"), ("MAIN", None)])
async def test_what_concerns_no_branch_goes_into_the_letter_that_is_printed_at_home(
    desk: NoticeDesk, branches: tuple[str | None, ...]
) -> None:
    ada = await _who_gets_letters(desk)
    for branch in branches:
        await _tell(desk, ada, NoticeKind.CHARGED, branch)
    desk.clock.pass_by(timedelta(days=1))
    await desk.bundle_all()

    assert [("letter", "MAIN", 2)] == await _messages(desk)


async def test_a_letter_that_waits_takes_more_of_what_concerns_no_branch(desk: NoticeDesk) -> None:
    ada = await _who_gets_letters(desk)
    for _ in range(3):
        await _tell(desk, ada, NoticeKind.CHARGED, None)
        desk.clock.pass_by(timedelta(days=1))
        await desk.bundle_all()

    assert [("letter", "MAIN", 3)] == await _messages(desk)


async def test_a_message_that_waits_says_of_one_thing_only_the_newest(desk: NoticeDesk) -> None:
    ada, loan = (await desk.register.enrol()).member_id, new_id()
    desk.lending.loans[loan] = LoanNow("open", _DUE)
    for stage in (1, 2):
        facts = {"book_id": str(new_id()), "due_at": _DUE.isoformat()}
        now = desk.clock.now()
        await desk.tell(Occurrence(ada, NoticeKind.OVERDUE, loan, now, _DUE.isoformat(), stage, "MAIN", facts=facts))
        desk.clock.pass_by(timedelta(days=1))
        await desk.bundle_all()

    assert [("obsolete", "replaced"), ("bundled", None)] == (await desk.states())["notices"]
