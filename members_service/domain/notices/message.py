"""A message: one or more notices to one person, by one way. It is handed over once, or somebody is told that it is not.

Handing over has two phases. Before the final dot of the mail an error changes nothing: the message is tried again. From
the final dot on the server may have it: without an answer nobody knows, so that it is never repeated by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from members_service.domain.notices.kinds import TO_ONE_ADDRESS, NoticeClass, NoticeGroup, NoticeKind
from members_service.domain.notices.notice import Why
from shared.kernel.errors import Conflict, NotFound


class MessageNotFound(NotFound):
    """There is no such message."""

    code = "message-not-found"
    detail = "There is no message with this id."


class CannotBeRepeated(Conflict):
    """Only what may not have arrived is repeated."""

    code = "message-not-repeatable"
    detail = (
        "Only a message that is uncertain or failed can be repeated, once, and none with a code or about an account."
    )


class Way(StrEnum):
    """How a message reaches a person."""

    MAIL = "mail"
    LETTER = "letter"
    PUSH = "push"


class MessageState(StrEnum):
    """What became of a message."""

    READY = "ready"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    BOUNCED = "bounced"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    PRINTED = "printed"
    SHADOW = "shadow"
    DROPPED = "dropped"


class Phase(StrEnum):
    """How far a hand-over has come. Whoever finds a claim that has run out sees by it what may have happened."""

    BEFORE = "before"
    DATA = "data"


_REPEATABLE = frozenset({MessageState.UNCERTAIN, MessageState.FAILED})

LEASE = timedelta(minutes=5)
"""How long a message belongs to whoever claimed it."""

TEXT_KEPT = timedelta(days=90)
"""How long what a message said can be read, after it is over."""

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)
_TRIED_FOR = timedelta(days=5)


class Outcome(StrEnum):
    """How a try to hand over ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # not now: nothing has arrived, try again
    REFUSED = "refused"  # never: nothing has arrived
    BAD_ADDRESS = "bad_address"  # never, since nobody is at this address
    UNANSWERED = "unanswered"  # the server may have it


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to hand over: how it ended, and the answer of the other side."""

    outcome: Outcome
    phase: Phase
    code: int | None = None
    text: str = ""

    @property
    def is_about_server(self) -> bool:
        """Whether the other side itself had no time, and not only for this address."""
        return self.outcome is Outcome.DEFERRED and self.code in (None, 421)


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """What became of a message that was on its way out: handed over, come back, or nobody knows."""

    message: "Message"
    at: datetime

    @property
    def became(self) -> MessageState:
        """What it became."""
        return self.message.state


PUBLISHED = frozenset({MessageState.HANDED_OVER, MessageState.BOUNCED, MessageState.UNCERTAIN})
"""What others may want to know of."""


@dataclass(slots=True)
class Message:
    """One or more notices to one person, by one way."""

    id: UUID
    member_id: UUID
    group: NoticeGroup
    way: Way
    language: str
    branch: str | None
    kinds: tuple[NoticeKind, ...]
    made_at: datetime
    state: MessageState = MessageState.READY
    why: Why | None = None
    phase: Phase = Phase.BEFORE
    tries: int = 0
    next_try_at: datetime | None = None
    changed_at: datetime | None = None

    @property
    def notice_class(self) -> NoticeClass:
        """The class of the weightiest notice in it."""
        return class_of(self.kinds)

    def note(self, attempt: Attempt, *, now: datetime) -> None:
        """Note how a try ended."""
        self.tries += 1
        match attempt.outcome:
            case Outcome.ACCEPTED:
                self._become(MessageState.HANDED_OVER, None, now)
            case Outcome.DEFERRED if now - self.made_at < _TRIED_FOR:
                self.next_try_at = now + pause_after(self.tries)
                self._become(MessageState.READY, Why.SERVER_AWAY if attempt.is_about_server else None, now)
                self.phase = Phase.BEFORE
            case Outcome.UNANSWERED:
                self._become(MessageState.UNCERTAIN, Why.NO_ANSWER, now)
            case Outcome.BAD_ADDRESS:
                self._become(MessageState.BOUNCED, Why.ADDRESS_FAILS, now)
            case _:
                self._become(MessageState.FAILED, Why.REFUSED, now)

    def stumble(self, *, now: datetime) -> None:
        """Note that something of ours broke over it; from the final dot on nobody knows whether it arrived."""
        outcome = Outcome.UNANSWERED if self.phase is Phase.DATA else Outcome.DEFERRED
        self.note(Attempt(outcome, self.phase), now=now)
        if self.state is not MessageState.UNCERTAIN:
            self.why = Why.CANNOT_RENDER if self.state is MessageState.FAILED else None

    def repeated(self, *, id: UUID, now: datetime) -> "Message":
        """Return another message that says the same. Raises CannotBeRepeated."""
        if self.state not in _REPEATABLE or self.group in TO_ONE_ADDRESS:
            raise CannotBeRepeated
        return Message(id, self.member_id, self.group, self.way, self.language, self.branch, self.kinds, now)

    def bounce(self, *, now: datetime) -> bool:
        """Note that it came back; False if it was not on its way."""
        if self.state not in (MessageState.HANDED_OVER, MessageState.UNCERTAIN):
            return False
        self._become(MessageState.BOUNCED, Why.CAME_BACK, now)
        return True

    def lapse(self, *, now: datetime) -> None:
        """Decide what becomes of a claim that has run out: who held it is gone."""
        if self.phase is Phase.DATA:
            self._become(MessageState.UNCERTAIN, Why.NO_ANSWER, now)
        else:
            self._become(MessageState.READY, self.why, now)

    def wait(self, *, until: datetime, now: datetime) -> None:
        """Give it back, to be handed over later."""
        self.next_try_at = until
        self._become(MessageState.READY, None, now)

    def end(self, state: MessageState, why: Why | None, *, now: datetime) -> None:
        """End it without handing it over."""
        self._become(state, why, now)

    def _become(self, state: MessageState, why: Why | None, now: datetime) -> None:
        self.state, self.why, self.changed_at = state, why, now


def class_of(kinds: Iterable[NoticeKind]) -> NoticeClass:
    """Return the class of the weightiest of these kinds."""
    return min((kind.notice_class for kind in kinds), key=lambda one: one.turn)


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries."""
    return min(_FIRST_PAUSE * (1 << min(tries - 1, 20)), _LONGEST_PAUSE)
