"""A notice: one occurrence that one member is told of. What became of it stays on record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind


class NoticeState(StrEnum):
    """What became of a notice."""

    PENDING = "pending"
    BUNDLED = "bundled"
    OBSOLETE = "obsolete"
    UNWANTED = "unwanted"
    UNREACHABLE = "unreachable"


class Why(StrEnum):
    """Why a notice or a message is in its state; the code that staff see."""

    OVER = "over"  # what it was about has ended
    REPLACED = "replaced"  # a newer notice says the same thing better
    TOO_LATE = "too-late"  # its moment had passed before it could go out
    DECLINED = "declined"  # the member declined this kind
    KIND_OFF = "kind-off"
    NO_ADDRESS = "no-address"
    NO_WAY = "no-way"  # the library has set up no way that reaches the member
    ADDRESS_FAILS = "address-fails"  # mail to the address came back before
    MEMBER_GONE = "member-gone"
    REFUSED = "refused"  # the mail server refused for good
    SERVER_AWAY = "server-away"  # the mail server, or the gateway, cannot be spoken to at present
    NO_ANSWER = "no-answer"  # the mail server had the message and did not answer
    CANNOT_RENDER = "cannot-render"
    CAME_BACK = "came-back"
    NEXT_WAY = "next-way"  # it goes another way instead


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What a member is to be told: facts without a name, a title or an address.

    `occasion` tells two occurrences of one kind to one subject apart: the due date of a reminder, say. `secret` is
    sealed where it is stored: a code, or an address that is no longer that of the member.
    """

    member_id: UUID
    kind: NoticeKind
    subject_id: UUID
    at: datetime
    occasion: str = ""
    stage: int = 0
    branch: str | None = None
    valid_until: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, str] | None = None


@dataclass(slots=True)
class Notice:
    """An occurrence on its way to a member."""

    id: UUID
    occurrence: Occurrence
    due_at: datetime
    state: NoticeState = NoticeState.PENDING
    why: Why | None = None
    message_id: UUID | None = None

    @property
    def kind(self) -> NoticeKind:
        """What it is about."""
        return self.occurrence.kind

    def bundle(self, message_id: UUID) -> None:
        """Put it into a message."""
        self.state, self.why, self.message_id = NoticeState.BUNDLED, None, message_id

    def end(self, state: NoticeState, why: Why) -> None:
        """Say that it goes out no more, and why."""
        self.state, self.why = state, why

    @property
    def has_ended(self) -> bool:
        """Whether it neither waits nor is in a message."""
        return self.state not in (NoticeState.PENDING, NoticeState.BUNDLED)

    def is_too_late(self, now: datetime) -> bool:
        """Whether its moment has passed."""
        until = self.occurrence.valid_until
        return until is not None and until <= now


_LATEST_ONLY = frozenset(
    {
        NoticeKind.DUE_SOON,
        NoticeKind.DUE_TODAY,
        NoticeKind.RENEWED,
        NoticeKind.NOT_RENEWED,
        NoticeKind.OVERDUE,
        NoticeKind.DUE_DATE_CHANGED,
        NoticeKind.RECALLED,
        NoticeKind.HOLD_READY,
        NoticeKind.HOLD_READY_REMINDER,
        NoticeKind.HOLD_ENDED,
        NoticeKind.RECOVERY,
        NoticeKind.ACTIVATION,
    }
)
_LOAN_KINDS = frozenset({NoticeKind.DUE_SOON, NoticeKind.DUE_TODAY, NoticeKind.RENEWED, NoticeKind.NOT_RENEWED})
_HOLD_KINDS = frozenset({NoticeKind.HOLD_READY, NoticeKind.HOLD_READY_REMINDER, NoticeKind.HOLD_ENDED})


def replaced(notices: Iterable[Notice]) -> list[Notice]:
    """Return those of one message that a newer one of the same subject replaces.

    Only the last of several reminders of a loan is said; a loan that renewed itself is not due soon any more; a hold
    that ended is not ready any more.
    """
    newest: dict[tuple[object, ...], Notice] = {}
    old: list[Notice] = []
    for notice in sorted(notices, key=lambda each: (each.occurrence.at, each.occurrence.stage)):
        if notice.kind not in _LATEST_ONLY:
            continue
        about = (
            _LOAN_KINDS if notice.kind in _LOAN_KINDS else _HOLD_KINDS if notice.kind in _HOLD_KINDS else notice.kind
        )
        key = (about, notice.occurrence.subject_id)
        if key in newest:
            old.append(newest[key])
        newest[key] = notice
    return old


KEPT_WITHOUT_TEXT = timedelta(days=365)
"""How long the row of a notice stays, after it is over."""
