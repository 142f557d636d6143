"""What lending says of many loans at once is noted in one transaction, each once."""

from typing import Any

import pytest
from sqlalchemy import func, select

from members_service.application.notices.note_occurrences import OccurrenceNews
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import Mode
from members_service.persistence.notices.tables import notices
from members_service.persistence.tables import plumbing
from tests.members.notices import NoticeDesk


async def _news(desk: NoticeDesk, message_id: str, kind: NoticeKind = NoticeKind.HOLD_READY) -> OccurrenceNews:
    ada = await desk.register.enrol()
    return OccurrenceNews(message_id, Occurrence(ada.member_id, kind, ada.member_id, desk.clock.now(), branch="MAIN"))


async def _rows(desk: NoticeDesk, table: Any) -> int:
    (row,) = await desk.register.database.rows(select(func.count().label("many")).select_from(table))
    return int(row.many)


async def test_what_came_before_is_left_out_of_a_batch(desk: NoticeDesk) -> None:
    first, second = await _news(desk, "m1"), await _news(desk, "m2")
    await desk.note([first], listener="members.notices")

    await desk.note([first, second], listener="members.notices")

    assert (2, 2) == (await _rows(desk, notices), await _rows(desk, plumbing.inbox))


@pytest.mark.parametrize("switched", [{"mode": Mode.OFF}, {"kinds": {NoticeKind.RECEIPT: Mode.OFF}}])
async def test_of_kinds_that_are_not_sent_nothing_is_kept(desk: NoticeDesk, switched: dict[str, Any]) -> None:
    await desk.change_settings(**switched)

    await desk.note([await _news(desk, "m1", NoticeKind.RECEIPT)], listener="members.notices")

    assert (0, 0) == (await _rows(desk, notices), await _rows(desk, plumbing.inbox))
