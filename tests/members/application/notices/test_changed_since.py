"""What waits or was sent when things have changed since: people, loans, memberships and blocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from members_service.application.membership.standing.blocks import BlockMember, PlaceBlock
from members_service.application.notices.queries import MessageFilter, MessageQueries
from members_service.application.notices.timed import ForgetMessages
from members_service.application.privacy.erase_member import erase_everything
from members_service.domain.membership.guardian import GuardianReference
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Address
from members_service.domain.membership.standing import Action
from members_service.domain.notices.circulation import HoldNow, LoanNow
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.tables import guardians, members
from members_service.persistence.notices.addresses import BOUNCED
from members_service.persistence.notices.tables import notices
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.makers import UTC_ZONE
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.smtp_sink import MailSink

_DUE = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def _overdue(desk: NoticeDesk, member_id: UUID) -> None:
    loan, now = new_id(), desk.clock.now()
    desk.lending.loans[loan] = LoanNow("open", _DUE)
    facts = {"book_id": str(new_id()), "due_at": _DUE.isoformat()}
    await desk.tell(Occurrence(member_id, NoticeKind.OVERDUE, loan, now, _DUE.isoformat(), 1, "MAIN", facts=facts))


async def _ready(desk: NoticeDesk, member_id: UUID) -> None:
    hold, now = new_id(), desk.clock.now()
    desk.lending.holds[hold] = HoldNow("ready", "MAIN")
    facts = {"book_id": str(new_id())}
    await desk.tell(Occurrence(member_id, NoticeKind.HOLD_READY, hold, now, branch="MAIN", facts=facts))


async def _next_day(desk: NoticeDesk) -> None:
    desk.clock.pass_by(timedelta(days=1))
    await desk.bundle_all()


async def _messages(desk: NoticeDesk) -> list[Any]:
    queries = MessageQueries(desk.register.database, desk.register.keys)
    return await queries.messages(MessageFilter(), limit=None, before=None)


async def _erase(desk: NoticeDesk, member_id: UUID) -> None:
    async with desk.unit_of_work() as work:
        uow: Any = work
        await erase_everything(await uow.members.get(member_id), uow=uow, now=desk.clock.now())
        await uow.commit()


async def _child_of(desk: NoticeDesk, guardian_id: UUID) -> UUID:
    guardian = [GuardianReference(MemberReference(guardian_id), frozenset({"see"}))]
    child = await desk.register.enrol(
        name="Byron", email="byron@x.y", category="child", date_of_birth=date(2018, 1, 1), guardians=guardian
    )
    return child.member_id


async def test_what_waits_for_a_guardian_goes_to_whoever_is_written_to_by_then(
    desk: NoticeDesk, sink: MailSink
) -> None:
    child = await _child_of(desk, (await desk.register.enrol()).member_id)
    await _overdue(desk, child)
    await _next_day(desk)
    async with desk.unit_of_work() as uow:
        await uow._session.execute(delete(guardians))
        await uow.commit()

    await desk.hand_over()()
    assert [] == sink.taken
    await desk.bundle_all()
    await desk.hand_over()()

    assert ["Byron <byron@x.y>"] == [mail["To"] for mail in sink.taken]


async def _who_lives_somewhere(desk: NoticeDesk) -> UUID:
    home = Address("12 St James's Square", city="London")
    ada = (await desk.register.enrol(address=home)).member_id
    await _overdue(desk, ada)
    await _next_day(desk)
    return ada


async def test_what_waits_for_an_address_that_is_gone_goes_the_next_way(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await _who_lives_somewhere(desk)
    async with desk.unit_of_work() as work:
        uow: Any = work
        await uow._session.execute(update(members).where(members.c.member_id == ada).values(email=None, email_key=None))
        await uow.commit()

    await desk.hand_over()()
    await desk.bundle_all()

    assert [] == sink.taken
    states = await desk.states()
    assert [("dropped", "next-way"), ("ready", None)] == states["notice_messages"]
    assert [("bundled", None)] == states["notices"]
    assert ["letter", "mail"] == [str(one.way) for one in await _messages(desk)]


async def test_what_waits_for_an_address_that_has_failed_meanwhile_goes_the_next_way(
    desk: NoticeDesk, sink: MailSink
) -> None:
    await _who_lives_somewhere(desk)
    async with desk.unit_of_work() as uow:
        await uow.suppressions.add("ada@library.example", reason=BOUNCED, status=None, now=desk.clock.now())
        await uow.commit()

    await desk.hand_over()()
    await desk.bundle_all()

    assert [] == sink.taken
    assert ["letter", "mail"] == [str(one.way) for one in await _messages(desk)]
    assert [("bundled", None)] == (await desk.states())["notices"]


async def test_an_erasure_leaves_no_text_about_the_child_with_the_guardian(desk: NoticeDesk, sink: MailSink) -> None:
    ada = (await desk.register.enrol()).member_id
    child = await _child_of(desk, ada)
    await _overdue(desk, child)
    await _next_day(desk)
    await desk.hand_over()()
    assert [True] == [one.text is not None for one in await _messages(desk)]

    await _erase(desk, child)

    assert [("handed_over", None)] == [(one.state, one.text) for one in await _messages(desk)]


async def test_what_waits_for_a_guardian_who_is_erased_is_told_to_the_child(desk: NoticeDesk, sink: MailSink) -> None:
    ada = (await desk.register.enrol()).member_id
    await _overdue(desk, await _child_of(desk, ada))
    await _next_day(desk)

    await _erase(desk, ada)
    await desk.bundle_all()
    await desk.hand_over()()

    assert ["Byron <byron@x.y>"] == [mail["To"] for mail in sink.taken]


async def _receipt(desk: NoticeDesk, member_id: UUID) -> None:
    now = desk.clock.now()
    facts = {"book_id": str(new_id()), "copy_id": str(new_id())}
    until = now + timedelta(days=1)
    await desk.tell(Occurrence(member_id, NoticeKind.RECEIPT, new_id(), now, valid_until=until, facts=facts))


async def _kept(desk: NoticeDesk) -> list[tuple[Any, bool]]:
    c = notices.c
    rows = await desk.register.database.rows(select(c.facts, c.subject_id, c.notice_id).order_by(c.notice_id))
    return [(row.facts, row.subject_id == row.notice_id) for row in rows]


async def test_what_was_borrowed_is_forgotten_with_the_text_and_of_receipts_the_next_day(
    desk: NoticeDesk, sink: MailSink
) -> None:
    ada = (await desk.register.enrol()).member_id
    await _ready(desk, ada)
    await _receipt(desk, ada)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()
    await desk.hand_over()()
    forget = ForgetMessages(desk.unit_of_work, desk.clock)

    await forget()
    at_once = [bool(facts) for facts, _ in await _kept(desk)]
    desk.clock.pass_by(timedelta(days=2))
    await forget()
    held, receipt = await _kept(desk)
    desk.clock.pass_by(timedelta(days=90))
    await forget()

    assert [True, True] == at_once
    assert (True, ({}, True)) == (bool(held[0]), receipt)
    assert [({}, False), ({}, True)] == await _kept(desk)


async def test_codes_go_first_and_receipts_wait_while_scans_go_on(desk: NoticeDesk) -> None:
    ada, bob, eve = [(await desk.register.enrol(email=f"{name}@x.y")).member_id for name in "abe"]
    await _receipt(desk, eve)
    desk.clock.pass_by(timedelta(minutes=9))
    await _receipt(desk, eve)
    await _ready(desk, bob)
    desk.clock.pass_by(timedelta(minutes=2))
    async with desk.unit_of_work() as uow:
        sliding = await uow.notices.due(desk.clock.now(), limit=9)
    desk.clock.pass_by(timedelta(minutes=20))
    now = desk.clock.now()
    await desk.tell(Occurrence(ada, NoticeKind.RECOVERY, ada, now, secret={"code": "1", "to": "a@x.y"}))

    async with desk.unit_of_work() as uow:
        first = await uow.notices.due(now, limit=1)
        everybody = await uow.notices.due(now, limit=9)

    assert [] == sliding
    assert [ada] == first
    assert [ada, eve, bob] == everybody


async def test_the_receipts_of_a_family_wait_until_nobody_of_it_scans_any_more(desk: NoticeDesk) -> None:
    ada = (await desk.register.enrol()).member_id
    byron = await _child_of(desk, ada)
    meanwhile: set[tuple[str, str | None]] = set()
    for scans, minutes in [(ada, 9), (byron, 1), (byron, 9), (byron, 1)]:
        await _receipt(desk, scans)
        desk.clock.pass_by(timedelta(minutes=minutes))
        await desk.bundle_all()
        meanwhile |= {*(await desk.states())["notices"]}
    desk.clock.pass_by(timedelta(minutes=9))
    await desk.bundle_all()

    assert {("pending", None)} == meanwhile
    assert {"notices": [("bundled", None)] * 4, "notice_messages": [("ready", None)]} == await desk.states()


async def test_a_membership_that_was_renewed_is_not_said_to_end(desk: NoticeDesk, sink: MailSink) -> None:
    ada = (await desk.register.enrol()).member_id
    now, wrong = desk.clock.now(), {"ends_on": "2020-01-01"}
    await desk.tell(Occurrence(ada, NoticeKind.MEMBERSHIP_ENDS, ada, now, facts=wrong))
    await _next_day(desk)

    await desk.hand_over()()

    assert {"notices": [("obsolete", "over")], "notice_messages": [("dropped", "over")]} == await desk.states()
    assert [] == sink.taken


async def test_a_block_that_has_ended_by_itself_is_not_announced(desk: NoticeDesk) -> None:
    ada = (await desk.register.enrol()).member_id
    today = desk.clock.now().date()
    place = BlockMember(desk.unit_of_work, desk.register.branches, desk.clock, UTC_ZONE)
    for until in (today, today + timedelta(days=9)):
        await place(PlaceBlock(member_id=ada, action=Action.BORROW, reason="A flood.", until=until))

    await _next_day(desk)

    assert [("bundled", None), ("obsolete", "too-late")] == sorted((await desk.states())["notices"])


async def test_a_block_that_was_lifted_before_is_not_announced(desk: NoticeDesk) -> None:
    ada, block = (await desk.register.enrol()).member_id, new_id()
    await desk.tell(Occurrence(ada, NoticeKind.BLOCKED, block, desk.clock.now(), facts={"until": None}))
    await _next_day(desk)

    async with desk.unit_of_work() as uow:
        await uow.notices.withdraw(NoticeKind.BLOCKED, block)
        await uow.commit()
    await desk.hand_over()()

    assert {"notices": [("obsolete", "over")], "notice_messages": [("dropped", "over")]} == await desk.states()
