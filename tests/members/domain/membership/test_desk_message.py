"""A message for the desk: how long it is shown, and who has seen to it."""

from datetime import timedelta

import pytest

from members_service.domain.membership.desk_message import DeskMessage, DeskMessageDone, DeskNote
from shared.kernel.ids import new_id
from tests.members.makers import ADA, NOW, TODAY, TOMORROW, YESTERDAY

LATER = NOW + timedelta(hours=1)


def a_message() -> DeskMessage:
    return DeskMessage(id=new_id(), member_id=ADA, text="Her glasses.", branch="MAIN", by="desk", now=NOW)


def test_a_note_is_shown_through_its_last_day_and_without_one_for_good() -> None:
    assert [True, True, False] == [DeskNote("!", until=day).is_shown_on(TODAY) for day in (TOMORROW, TODAY, YESTERDAY)]
    assert DeskNote("!").is_shown_on(TOMORROW)


def test_the_first_who_read_a_message_stays_on_record() -> None:
    message = a_message()
    assert (None, None) == (message.read_by, message.read_at)

    message.read(by="kim", now=NOW)
    message.read(by="ben", now=LATER)

    assert ("kim", NOW, None) == (message.read_by, message.read_at, message.done_at)


def test_a_message_is_done_once_and_nobody_reads_it_afterwards() -> None:
    message = a_message()

    message.finish(by="kim", now=LATER)

    assert ("kim", LATER) == (message.done_by, message.done_at)
    for act in (message.finish, message.read):
        with pytest.raises(DeskMessageDone):
            act(by="ben", now=LATER)
    assert ("kim", None) == (message.done_by, message.read_by)


def test_a_message_says_what_desks_show() -> None:
    assert DeskNote("Her glasses.", "MAIN", None) == a_message().note
