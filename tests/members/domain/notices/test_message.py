"""What becomes of a message."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.message import (
    Attempt,
    Message,
    MessageState,
    Outcome,
    Phase,
    Way,
    pause_after,
)
from tests.members.makers import ADA, NOW

_ID = UUID("01900000-0000-7000-8000-00000000aaaa")


def _claimed(phase: Phase = Phase.BEFORE) -> Message:
    kinds = (NoticeKind.HOLD_READY,)
    message = Message(_ID, ADA, NoticeGroup.HOLDS, Way.MAIL, "en", "MAIN", kinds, NOW)
    message.state, message.phase = MessageState.CLAIMED, phase
    return message


def test_an_error_before_the_final_dot_makes_it_ready_again_after_a_pause() -> None:
    message = _claimed()

    message.note(Attempt(Outcome.DEFERRED, Phase.BEFORE, 451), now=NOW)

    assert (MessageState.READY, NOW + timedelta(minutes=1)) == (message.state, message.next_try_at)


def test_no_answer_after_the_final_dot_makes_it_uncertain() -> None:
    message = _claimed(Phase.DATA)

    message.note(Attempt(Outcome.UNANSWERED, Phase.DATA), now=NOW)

    assert MessageState.UNCERTAIN is message.state


def test_a_claim_that_ran_out_is_taken_up_again_only_if_the_dot_was_not_sent() -> None:
    before, after = _claimed(Phase.BEFORE), _claimed(Phase.DATA)

    before.lapse(now=NOW)
    after.lapse(now=NOW)

    assert (MessageState.READY, MessageState.UNCERTAIN) == (before.state, after.state)


def test_what_is_deferred_for_days_has_failed() -> None:
    message = replace(_claimed(), made_at=NOW - timedelta(days=6))

    message.note(Attempt(Outcome.DEFERRED, Phase.BEFORE, 421), now=NOW)

    assert MessageState.FAILED is message.state


def test_pauses_double_and_end_at_four_hours() -> None:
    assert [1, 2, 4] == [pause_after(tries) // timedelta(minutes=1) for tries in (1, 2, 3)]
    assert timedelta(hours=4) == pause_after(1_000)
