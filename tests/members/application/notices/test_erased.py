"""Whoever is erased, or has another address, leaves no address and no text behind in what notices keep."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from members_service.application.membership.change_member import MemberChange
from members_service.application.notices.ports import BeginData
from members_service.application.notices.prepare import Prepared
from members_service.application.privacy.erase_member import erase_everything
from members_service.domain.notices.circulation import HoldNow
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import LEASE, Attempt, Outcome, Phase, Way
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import NoticeSettings
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.addresses import BOUNCED
from members_service.persistence.notices.tables import notice_attempts, notice_messages, notices, suppressions
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.smtp_sink import MailSink

_KEPT = (notices, notice_messages, notice_attempts, suppressions)
_OLD, _NEW, _MOBILE = "ada@library.example", "ada@home.example", "+44 20 1"


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def _ready(desk: NoticeDesk, member_id: UUID) -> None:
    hold = new_id()
    desk.lending.holds[hold] = HoldNow("ready", "MAIN")
    facts = {"book_id": str(new_id())}
    now = desk.clock.now()
    await desk.tell(Occurrence(member_id, NoticeKind.HOLD_READY, hold, now, branch="MAIN", facts=facts))


async def _later(desk: NoticeDesk) -> None:
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()


async def _fails(desk: NoticeDesk, *addresses: str) -> None:
    async with desk.unit_of_work() as uow:
        for address in addresses:
            await uow.suppressions.add(address, reason=BOUNCED, status="5.1.1", now=desk.clock.now())
        await uow.commit()


async def _failing(desk: NoticeDesk) -> set[str]:
    async with desk.unit_of_work() as uow:
        return set(await uow.suppressions.among([_OLD, _NEW, _MOBILE]))


async def _erase(desk: NoticeDesk, member_id: UUID) -> None:
    async with desk.unit_of_work() as work:
        uow: Any = work
        await erase_everything(await uow.members.get(member_id), uow=uow, now=desk.clock.now())
        await uow.commit()


async def _rows(desk: NoticeDesk) -> int:
    """Return how many rows of notices there are in all."""
    return sum([(await desk.register.database.rows(select(func.count()).select_from(one)))[0][0] for one in _KEPT])


async def test_an_erasure_leaves_no_row_of_what_was_sent_waits_or_came_back(desk: NoticeDesk, sink: MailSink) -> None:
    ada = (await desk.register.enrol(email=_OLD, mobile=_MOBILE)).member_id
    await _ready(desk, ada)
    await _later(desk)
    await desk.hand_over()()
    await _ready(desk, ada)
    await _later(desk)
    await _ready(desk, ada)
    await _fails(desk, _OLD, _MOBILE)
    assert 1 == len(sink.taken)
    assert 3 + 2 + 1 + 2 == await _rows(desk)

    await _erase(desk, ada)

    assert 0 == await _rows(desk)


class _ErasesMeanwhile:
    """A mail server that is slow enough for somebody to be erased, before or after the final dot."""

    def __init__(self, desk: NoticeDesk, member_id: UUID, *, after: bool) -> None:
        self._desk = desk
        self._member_id = member_id
        self._after = after

    async def send(self, one: Prepared, settings: NoticeSettings, begin_data: BeginData) -> Attempt:
        if not self._after:
            await _erase(self._desk, self._member_id)
        self.has_begun = await begin_data()
        if self._after:
            await _erase(self._desk, self._member_id)
        return Attempt(Outcome.ACCEPTED, Phase.DATA, 250)

    async def rest(self) -> None:
        pass


@pytest.mark.parametrize("after", [False, True])
async def test_who_is_erased_while_a_mail_is_handed_over_is_not_on_record_again(
    desk: NoticeDesk, *, after: bool
) -> None:
    ada = (await desk.register.enrol(email=_OLD)).member_id
    await _ready(desk, ada)
    await _later(desk)
    carriers = _ErasesMeanwhile(desk, ada, after=after)

    await replace(desk.hand_over(), carriers=carriers)()
    desk.clock.pass_by(LEASE)
    await desk.hand_over()()

    assert carriers.has_begun is after
    assert 0 == await _rows(desk)


async def test_another_address_is_written_to_and_one_that_is_given_up_is_kept_nowhere(desk: NoticeDesk) -> None:
    ada = (await desk.register.enrol(email=_OLD, mobile=_MOBILE)).member_id
    await _fails(desk, _OLD, _NEW, _MOBILE)

    change = MemberChange(ada, None, {"email": _NEW, "mobile": None})
    await desk.register.membership.change_member(change)
    await _ready(desk, ada)
    await _later(desk)

    assert set() == await _failing(desk)
    (message,) = await desk.register.database.rows(select(notice_messages.c.way))
    assert Way.MAIL == message.way


async def test_an_address_that_somebody_else_has_too_stays_on_the_list(desk: NoticeDesk) -> None:
    ada = (await desk.register.enrol(email=_OLD)).member_id
    await desk.register.enrol(name="Byron", email=_OLD)
    await _fails(desk, _OLD)

    change = MemberChange(ada, None, {"email": _NEW})
    await desk.register.membership.change_member(change)

    assert {_OLD} == await _failing(desk)
