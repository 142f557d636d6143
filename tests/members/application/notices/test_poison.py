"""One message over which something breaks stops no other."""

from datetime import timedelta
from typing import Any

import pytest

from members_service.application.notices.queries import MessageFilter, MessageQueries
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.template import InvalidTemplate
from members_service.domain.notices.warnings import account_changed, code_made
from members_service.persistence.data_keys import DataKeys
from shared.persistence.database import Database
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.smtp_sink import MailSink


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def _two_wait(desk: NoticeDesk, error: Exception) -> None:
    """Let a warning over which the words break wait before another message."""
    ada, now = await desk.register.enrol(), desk.clock.now()
    words = desk.words

    async def breaks(contexts: Any, *about: Any, **more: Any) -> Any:
        if contexts[0].kind == NoticeKind.ADDRESS_CHANGED:
            raise error
        return await words(contexts, *about, **more)

    desk.words = breaks  # type: ignore[assignment]  # a test says what breaks
    await desk.tell(account_changed(ada.member_id, to="a@old.example", at=now))
    until = now + timedelta(days=9)
    await desk.tell(code_made(ada.member_id, NoticeKind.RECOVERY, "4711", to="b@old.example", at=now, until=until))
    await desk.bundle_all()


async def test_a_message_over_which_something_breaks_waits_longer_and_the_others_go_out(
    desk: NoticeDesk, sink: MailSink
) -> None:
    await _two_wait(desk, RuntimeError("poison"))

    await desk.hand_over()()
    states = {state for state, _ in (await desk.states())["notice_messages"]}
    desk.clock.pass_by(timedelta(days=6))
    await desk.hand_over()()

    assert ["b@old.example"] == [mail["To"].rpartition("<")[2].rstrip(">") for mail in sink.taken]
    assert {"ready", "handed_over"} == states
    assert ("failed", "cannot-render") in (await desk.states())["notice_messages"]


async def test_what_cannot_be_put_into_words_is_dropped_and_says_so(desk: NoticeDesk, sink: MailSink) -> None:
    await _two_wait(desk, InvalidTemplate("This template writes too much. Shorten it."))

    await desk.hand_over()()

    assert 1 == len(sink.taken)
    assert {("dropped", "cannot-render"), ("handed_over", None)} == {*(await desk.states())["notice_messages"]}


async def test_neither_subject_nor_text_of_a_code_is_kept(desk: NoticeDesk, sink: MailSink) -> None:
    await _two_wait(desk, InvalidTemplate("no words"))
    await desk.hand_over()()

    queries = MessageQueries(desk.register.database, desk.register.keys)
    (code,) = await queries.messages(MessageFilter(kind=NoticeKind.RECOVERY), limit=None, before=None)

    assert (None, None) == (code.text, code.subject)
