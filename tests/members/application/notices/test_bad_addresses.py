"""Addresses that fail: nothing goes round in circles, and what is for one address goes to no other."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from members_service.application.notices.bundle import way_to
from members_service.application.notices.note_bounce import Bounce, BounceKind, NoteBounce
from members_service.application.notices.queries import MessageFilter, MessageQueries
from members_service.application.notices.recipients import Recipient
from members_service.application.notices.repeat_message import RepeatMessage
from members_service.application.notices.views import MessageView
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.notices.kinds import NoticeClass, NoticeKind
from members_service.domain.notices.message import LEASE, CannotBeRepeated, MessageState, Way
from members_service.domain.notices.notice import Why
from members_service.domain.notices.warnings import account_changed, code_made
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.addresses import BOUNCED, COMPLAINT
from members_service.persistence.notices.messages import Content
from members_service.persistence.notices.tables import notices
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.smtp_sink import Fault, MailSink

_OLD = "ada@old.example"
_UNREACHABLE = [("unreachable", "address-fails")]


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def _code(desk: NoticeDesk) -> UUID:
    """Send a code to a member who could be reached by letter, too."""
    ada = await desk.register.enrol(address=Address("12 St James's Square", city="London"))
    now = desk.clock.now()
    code = code_made(ada.member_id, NoticeKind.ACTIVATION, "4711", to=_OLD, at=now, until=now + timedelta(days=7))
    await desk.tell(code)
    await desk.bundle_all()
    return ada.member_id


async def _warning(desk: NoticeDesk) -> None:
    ada = await desk.register.enrol()
    await desk.tell(account_changed(ada.member_id, to=_OLD, at=desk.clock.now()))
    await desk.bundle_all()


async def _messages(desk: NoticeDesk) -> Sequence[MessageView]:
    queries = MessageQueries(desk.register.database, desk.register.keys)
    return await queries.messages(MessageFilter(), limit=None, before=None)


async def test_a_warning_to_a_former_address_where_nobody_is_ends_there(desk: NoticeDesk, sink: MailSink) -> None:
    sink.fault_of = lambda _: Fault.NOBODY
    await _warning(desk)

    for _ in range(3):
        await desk.hand_over()()
        await desk.bundle_all()

    assert {"notices": _UNREACHABLE, "notice_messages": [("bounced", "address-fails")]} == await desk.states()


async def test_where_no_mail_is_set_up_a_warning_says_at_once_that_there_is_no_way_and_keeps_no_address(
    desk: NoticeDesk,
) -> None:
    desk.possible = frozenset({Way.LETTER})

    await _warning(desk)

    (kept,) = await desk.register.database.rows(select(notices.c.state, notices.c.why, notices.c.secret))
    assert ("unreachable", "no-way", None) == tuple(kept)
    assert [] == await _messages(desk)


async def test_a_code_that_comes_back_goes_no_other_way(desk: NoticeDesk) -> None:
    await _code(desk)
    await desk.hand_over()()
    (mail,) = await _messages(desk)

    bounced = await NoteBounce(desk.unit_of_work, desk.clock)(Bounce(BounceKind.HARD, mail.message_id))
    await desk.bundle_all()

    assert not bounced.goes_another_way
    assert {"notices": _UNREACHABLE, "notice_messages": [("bounced", "came-back")]} == await desk.states()


@pytest.mark.parametrize("way", [Way.MAIL, Way.PUSH])
def test_what_failed_once_is_not_tried_again(way: Way) -> None:
    ada = Recipient(new_id(), "Ada", email="ada@library.example", details=PersonalDetails(mobile="+44 20 1234"))
    address = ada.email if way is Way.MAIL else ada.telephone
    suppressed = {str(address): BOUNCED}

    found = way_to(ada, [way], possible=frozenset(Way), suppressed=suppressed, of=NoticeClass.COURTESY)

    assert Why.ADDRESS_FAILS is found


async def test_a_server_that_takes_ascii_alone_is_offered_no_other_address(desk: NoticeDesk, sink: MailSink) -> None:
    for to in ("ädä@library.example", "eve@library.example"):
        await desk.tell(account_changed(new_id(), to=to, at=desk.clock.now()))
    sink.takes_utf8 = False
    await desk.bundle_all()
    await desk.hand_over()()

    assert [("failed", "refused"), ("handed_over", None)] == sorted((await desk.states())["notice_messages"])
    assert ["eve@library.example"] == [mail["To"] for mail in sink.taken]


async def test_an_address_of_which_somebody_complained_can_still_fail(desk: NoticeDesk) -> None:
    found = []
    for reason in (COMPLAINT, BOUNCED, COMPLAINT):
        async with desk.unit_of_work() as uow:
            await uow.suppressions.add(_OLD, reason=reason, status=None, now=desk.clock.now())
            found.append(await uow.suppressions.among([_OLD, _OLD.upper()]))
            await uow.commit()

    assert [{_OLD: one, _OLD.upper(): one} for one in (COMPLAINT, BOUNCED, BOUNCED)] == found


async def test_a_warning_that_may_not_have_arrived_is_not_repeated(desk: NoticeDesk, sink: MailSink) -> None:
    sink.fault_of = lambda _: Fault.FORGETS
    await _warning(desk)
    await desk.hand_over()()
    (mail,) = await _messages(desk)
    assert MessageState.UNCERTAIN == mail.state

    with pytest.raises(CannotBeRepeated):
        await RepeatMessage(desk.unit_of_work, desk.clock)(mail.message_id)


async def test_the_code_of_a_message_whose_sender_died_with_it_is_forgotten(desk: NoticeDesk) -> None:
    await _code(desk)
    async with desk.unit_of_work() as uow:
        gone, now = new_id(), desk.clock.now()
        (message,) = await uow.notice_messages.claim([Way.MAIL], by=gone, now=now, limit=1)
        await uow.notice_messages.begin_data(message, Content(""), by=gone, now=now)
        await uow.commit()
    desk.clock.pass_by(LEASE + timedelta(minutes=1))

    await desk.hand_over()()

    assert [("uncertain", "no-answer")] == (await desk.states())["notice_messages"]
    assert [None] == [row.secret for row in await desk.register.database.rows(select(notices.c.secret))]


async def test_the_first_mail_of_a_connection_may_go_to_an_address_beyond_ascii(
    desk: NoticeDesk, sink: MailSink
) -> None:
    await desk.tell(account_changed(new_id(), to="ädä@library.example", at=desk.clock.now()))
    await desk.bundle_all()

    await desk.hand_over()()

    assert [("handed_over", None)] == (await desk.states())["notice_messages"]
    assert 1 == len(sink.taken)
