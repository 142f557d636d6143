"""Messages that are tried again, repeated, come back, wait, or end without being handed over."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from members_service.domain.notices.kinds import TO_ONE_ADDRESS, NoticeGroup, NoticeKind
from members_service.domain.notices.message import CannotBeRepeated, Message, MessageState, Phase, Way
from members_service.domain.notices.notice import Why
from tests.members.makers import ADA, NOW

_ID = UUID("01900000-0000-7000-8000-00000000aaaa")


def claimed(phase: Phase = Phase.BEFORE) -> Message:
    kinds = (NoticeKind.HOLD_READY,)
    message = Message(_ID, ADA, NoticeGroup.HOLDS, Way.MAIL, "en", "MAIN", kinds, NOW)
    message.state, message.phase = MessageState.CLAIMED, phase
    return message


def test_what_breaks_before_the_final_dot_is_tried_again_and_behind_it_nobody_knows() -> None:
    before, after = claimed(Phase.BEFORE), claimed(Phase.DATA)
    old = replace(claimed(Phase.BEFORE), made_at=NOW - timedelta(days=6))

    for message in (before, after, old):
        message.stumble(now=NOW)

    assert (MessageState.READY, None, 1, NOW + timedelta(minutes=1)) == (
        before.state, before.why, before.tries, before.next_try_at,
    )  # fmt: skip
    assert (MessageState.UNCERTAIN, Why.NO_ANSWER) == (after.state, after.why)
    assert (MessageState.FAILED, Why.CANNOT_RENDER) == (old.state, old.why)


@pytest.mark.parametrize("state", MessageState)
def test_what_may_not_have_arrived_is_repeated_as_another_message(state: MessageState) -> None:
    message, other = replace(claimed(), state=state, tries=3), UUID("01900000-0000-7000-8000-00000000bbbb")
    later = NOW + timedelta(hours=1)

    if state not in (MessageState.UNCERTAIN, MessageState.FAILED):
        with pytest.raises(CannotBeRepeated):
            message.repeated(id=other, now=later)
        return

    again = message.repeated(id=other, now=later)

    kinds = (NoticeKind.HOLD_READY,)
    assert Message(other, ADA, NoticeGroup.HOLDS, Way.MAIL, "en", "MAIN", kinds, later) == again


def test_a_message_with_a_code_is_not_repeated() -> None:
    (group, *_) = TO_ONE_ADDRESS

    with pytest.raises(CannotBeRepeated):
        replace(claimed(), state=MessageState.FAILED, group=group).repeated(id=_ID, now=NOW)


@pytest.mark.parametrize("state", MessageState)
def test_only_what_was_on_its_way_comes_back(state: MessageState) -> None:
    message = replace(claimed(), state=state)

    came_back = message.bounce(now=NOW)

    on_its_way = state in (MessageState.HANDED_OVER, MessageState.UNCERTAIN)
    became = (MessageState.BOUNCED, Why.CAME_BACK, NOW) if on_its_way else (state, None, None)
    assert (on_its_way, *became) == (came_back, message.state, message.why, message.changed_at)


def test_a_message_waits_for_its_hour_or_ends_without_being_handed_over() -> None:
    waits, ends = replace(claimed(), why=Why.NO_ANSWER, tries=2), claimed()
    later = NOW + timedelta(hours=9)

    waits.wait(until=later, now=NOW)
    ends.end(MessageState.DROPPED, Why.REFUSED, now=NOW)

    assert (MessageState.READY, None, later, NOW, 2) == (
        waits.state, waits.why, waits.next_try_at, waits.changed_at, waits.tries,
    )  # fmt: skip
    assert (MessageState.DROPPED, Why.REFUSED, NOW) == (ends.state, ends.why, ends.changed_at)
