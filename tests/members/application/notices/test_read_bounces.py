"""What comes back is read from a mailbox, noted, and only then removed there."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from members_service.adapters.notices.imap_mailbox import MOST_READ, ImapMailbox
from members_service.adapters.notices.server_address import MailboxAddress
from members_service.application.notices.note_bounce import Bounce, NoteBounce
from members_service.application.notices.read_bounces import AT_ONCE, LEFT_FOR, MailboxAway, Outcome, ReadBounces
from members_service.application.notices.views import BounceView
from members_service.domain.membership.personal_details import Address
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.tables import notice_messages
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database, is_passing
from tests.members.imap_server import Mailbox, serving
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.reports import complaint, holiday, report


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with serving(Mailbox()) as mailbox:
        yield mailbox


class Reader:
    """Reads the mailbox for a desk, and counts what it found."""

    def __init__(self, desk: NoticeDesk, mailbox: Mailbox) -> None:
        self.found = Counter[Outcome]()
        address = MailboxAddress("127.0.0.1", mailbox.port, "bounces")
        self.imap = ImapMailbox(address, password="word", timeout=2)
        note = NoteBounce(desk.unit_of_work, desk.clock)
        self.read = ReadBounces(self.imap, note, self._count, is_passing, desk.clock)

    def _count(self, outcome: Outcome) -> None:
        self.found[outcome] += 1


async def _sent(desk: NoticeDesk) -> UUID:
    """Send a notice by mail to somebody who could be reached by letter, too; return the message."""
    ada = await desk.register.enrol(address=Address("12 St James's Square", city="London"))
    await desk.tell(Occurrence(ada.member_id, NoticeKind.REFUNDED, new_id(), desk.clock.now(), facts={"amount": 100}))
    desk.clock.pass_by(timedelta(days=1))
    await desk.bundle_all()
    assert await desk.hand_over()()
    ((message_id, _),) = await _messages(desk)
    return message_id


def _break(monkeypatch: pytest.MonkeyPatch, message_id: UUID, error: Exception) -> None:
    """Let something break over what is said of this message."""
    note = NoteBounce.__call__

    async def breaks(self: NoteBounce, bounce: Bounce, receipt: Receipt | None = None) -> BounceView:
        if bounce.message_id == message_id:
            raise error
        return await note(self, bounce, receipt)

    monkeypatch.setattr(NoteBounce, "__call__", breaks)


async def _messages(desk: NoticeDesk) -> list[tuple[UUID, str]]:
    shown = notice_messages.c.message_id, notice_messages.c.state
    rows = await desk.register.database.rows(select(*shown).order_by(notice_messages.c.message_id))
    return [(row.message_id, row.state) for row in rows]


async def test_a_mail_that_came_back_goes_the_next_way_and_the_report_is_gone(
    desk: NoticeDesk, mailbox: Mailbox
) -> None:
    message_id = await _sent(desk)
    mailbox.put(report(message_id))
    reader = Reader(desk, mailbox)

    await reader.read()
    await desk.bundle_all()

    assert {message_id: "bounced"}.items() <= dict(await _messages(desk)).items()
    assert ["bounced", "ready"] == sorted(dict(await _messages(desk)).values())
    assert ({}, {Outcome.NOTED: 1}) == (mailbox.mails, reader.found)


async def test_what_nobody_can_make_out_stays_marked_is_counted_and_is_not_read_again(
    desk: NoticeDesk, mailbox: Mailbox
) -> None:
    strange = [mailbox.put(b"Subject: Cheap watches\r\n\r\nBuy now"), mailbox.put(report(new_id()))]
    reader = Reader(desk, mailbox)

    await reader.read()
    await reader.read()

    assert {uid: {"\\FLAGGED"} for uid in strange} == {uid: one.flags for uid, one in mailbox.mails.items()}
    assert {Outcome.UNREADABLE: 2} == reader.found


async def test_a_mail_over_which_something_breaks_is_left_marked_and_the_next_is_noted(
    desk: NoticeDesk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id, breaks = await _sent(desk), new_id()
    uids = [mailbox.put(report(breaks)), mailbox.put(report(message_id))]
    _break(monkeypatch, breaks, RuntimeError("poison"))
    reader = Reader(desk, mailbox)

    await reader.read()

    assert {uids[0]: {"\\FLAGGED"}} == {uid: one.flags for uid, one in mailbox.mails.items()}
    assert {Outcome.UNREADABLE: 1, Outcome.NOTED: 1} == reader.found


async def test_while_the_database_is_away_nothing_is_marked_or_removed(
    desk: NoticeDesk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = new_id()
    uid = mailbox.put(report(breaks))
    _break(monkeypatch, breaks, ConnectionResetError("the database went away"))

    with pytest.raises(ConnectionResetError):
        await Reader(desk, mailbox).read()

    assert {uid: set()} == {uid: one.flags for uid, one in mailbox.mails.items()}


async def test_a_server_that_keeps_no_marks_is_asked_for_each_mail_once_in_a_round(
    desk: NoticeDesk, mailbox: Mailbox
) -> None:
    mailbox.keeps_marks = False
    for _ in range(AT_ONCE + 1):
        mailbox.put(b"Subject: Cheap watches\r\n\r\nBuy now")
    reader = Reader(desk, mailbox)

    await asyncio.wait_for(reader.read(), timeout=30)

    assert {Outcome.UNREADABLE: AT_ONCE + 1} == reader.found


async def test_what_nobody_could_make_out_is_gone_after_some_days(desk: NoticeDesk, mailbox: Mailbox) -> None:
    uids = [mailbox.put(b"Subject: Cheap watches\r\n\r\nBuy now") for _ in range(3)]
    today = desk.clock.now().date()
    for uid, days in zip(uids, [LEFT_FOR.days + 2, LEFT_FOR.days + 1, LEFT_FOR.days - 1], strict=True):
        mailbox.mails[uid].arrived = today - timedelta(days=days)

    await Reader(desk, mailbox).read()

    assert uids[2:] == [*mailbox.mails]


async def test_what_says_nothing_is_removed_and_what_is_said_after_a_hundred_others_is_read_too(
    desk: NoticeDesk, mailbox: Mailbox
) -> None:
    message_id = await _sent(desk)
    for _ in range(100):
        mailbox.put(holiday(message_id))
    mailbox.put(complaint(message_id) + b"x" * MOST_READ)
    reader = Reader(desk, mailbox)

    await reader.read()

    assert ({}, {Outcome.NOTHING: 100, Outcome.NOTED: 1}) == (mailbox.mails, reader.found)
    assert [(message_id, "handed_over")] == await _messages(desk)


async def test_whoever_dies_before_a_report_is_removed_leaves_it_to_be_read_once_more(
    desk: NoticeDesk, mailbox: Mailbox
) -> None:
    message_id = await _sent(desk)
    uid = mailbox.put(report(message_id))
    mailbox.goes_at = "UID STORE"
    reader = Reader(desk, mailbox)

    await reader.read()
    was = await _messages(desk)
    mailbox.goes_at = None
    kept = [*mailbox.mails]
    await reader.read()

    assert ([(message_id, "bounced")], [uid]) == (was, kept)
    assert (was, {}) == (await _messages(desk), mailbox.mails)


async def test_a_server_of_the_older_kind_is_read_as_well(desk: NoticeDesk, mailbox: Mailbox) -> None:
    mailbox.plain = mailbox.uidplus = False
    mailbox.put(holiday(new_id()))

    await Reader(desk, mailbox).read()

    assert not mailbox.mails
    assert {'LOGIN "bounces" "word"', "EXPUNGE"} <= {*mailbox.commands}


@pytest.mark.parametrize(("changed", "why"), [({"password": "other"}, "wrong"), ({"goes_at": "SELECT"}, "EOF")])
async def test_a_mailbox_that_does_not_let_us_in_is_left_for_the_next_time(
    desk: NoticeDesk, mailbox: Mailbox, changed: dict[str, str], why: str
) -> None:
    uid = mailbox.put(report(new_id()))
    for name, value in changed.items():
        setattr(mailbox, name, value)
    reader = Reader(desk, mailbox)

    await reader.read()

    assert ([uid], {}) == ([*mailbox.mails], reader.found)
    with pytest.raises(MailboxAway, match=why):
        await reader.imap.ping()
