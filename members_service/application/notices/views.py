"""Views of notices and messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.message import MessageState, Way
from members_service.domain.notices.notice import NoticeState, Why
from members_service.domain.notices.notice_settings import Mode, NoticeSettings, QuietHours


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice, and what became of it. Without `message_id` it is in no message."""

    notice_id: UUID
    member_id: UUID
    kind: NoticeKind
    subject_id: UUID
    stage: int
    branch: str | None
    due_at: datetime
    state: NoticeState
    why: Why | None
    message_id: UUID | None


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message, and what became of it. `text` is kept for 90 days; that of a code is not kept."""

    message_id: UUID
    member_id: UUID
    kinds: tuple[NoticeKind, ...]
    way: Way
    language: str
    branch: str | None
    state: MessageState
    why: Why | None
    at: datetime
    tries: int
    subject: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """How many notices of a kind are to go out. The way is decided when they are put into a message."""

    kind: NoticeKind
    branch: str | None
    way: Way | None
    count: int


@dataclass(frozen=True, slots=True)
class ForecastView:
    """What would go out until then, as far as it is known today."""

    until: datetime
    rows: tuple[ForecastRow, ...]


@dataclass(frozen=True, slots=True)
class SettingsView:
    """How the library sends notices. `windows` are minutes; groups that are not named go out as usual."""

    mode: Mode
    kinds: Mapping[NoticeKind, Mode]
    windows: Mapping[NoticeGroup, int]
    daily_at: str
    quiet_hours: QuietHours | None
    sender: str | None
    reply_to: str | None
    senders: Mapping[str, str]
    ways: tuple[Way, ...]
    guardians_until: int
    library_name: str
    public_url: str | None
    default_language: str
    window: str
    titles_in_subjects: bool
    on_since: datetime | None
    version: int

    @classmethod
    def of(cls, settings: NoticeSettings) -> Self:
        """Show the settings."""
        return cls(
            mode=settings.mode,
            kinds=settings.kinds,
            windows={group: window // timedelta(minutes=1) for group, window in settings.windows.items()},
            daily_at=f"{settings.daily_at:%H:%M}",
            quiet_hours=settings.quiet_hours,
            sender=settings.sender,
            reply_to=settings.reply_to,
            senders=settings.senders,
            ways=tuple(map(Way, settings.ways)),
            guardians_until=settings.guardians_until,
            library_name=settings.library_name,
            public_url=settings.public_url,
            default_language=settings.default_language,
            window=settings.window,
            titles_in_subjects=settings.titles_in_subjects,
            on_since=settings.on_since,
            version=settings.version,
        )


@dataclass(frozen=True, slots=True)
class SettingsVersionView:
    """A version of how the library sends notices. `kinds` are those that were more careful than `mode`.

    `noted_since`: since when each occurrence of what was not off is noted. What happened in an earlier version, or in
    this one before that moment, is noted only of kinds that were not off before either.
    """

    version: int
    mode: Mode
    kinds: Mapping[NoticeKind, Mode]
    made_at: datetime
    noted_since: datetime | None


@dataclass(frozen=True, slots=True)
class BounceView:
    """What followed from a bounce. `suppressed`: nothing is sent to the address any more."""

    message_id: UUID | None
    suppressed: bool
    goes_another_way: bool


@dataclass(frozen=True, slots=True)
class BouncedAddress:
    """An address to which nothing is sent any more, why and since when, and whose it is now."""

    address: str
    reason: str
    status: str | None
    since: datetime
    names: tuple[str, ...]
    member_ids: tuple[UUID, ...]
