"""How the library sends notices: at all, which kinds, when."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from members_service.domain.notices.kinds import DAILY, WINDOWS, NoticeGroup, NoticeKind


class Mode(StrEnum):
    """Whether notices go out. `shadow` does everything but hand over."""

    OFF = "off"
    SHADOW = "shadow"
    ON = "on"


_CAUTION = (Mode.OFF, Mode.SHADOW, Mode.ON)

STALE_AFTER = timedelta(days=1)
"""Switching on sends nothing that was due longer ago."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours in which nobody's telephone rings; they may span midnight."""

    begin: time
    end: time

    def end_of(self, moment: datetime) -> datetime | None:
        """Return when the quiet hours that `moment` lies in end; None outside of them."""
        clock = moment.timetz().replace(tzinfo=None)
        spans = self.begin > self.end
        inside = (clock >= self.begin or clock < self.end) if spans else self.begin <= clock < self.end
        if not inside:
            return None
        day = moment.date() + timedelta(days=1) if spans and clock >= self.begin else moment.date()
        return datetime.combine(day, self.end, moment.tzinfo)


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """How the library sends notices. `version` counts the changes; 0 is what came with the service.

    `kinds` are modes of single kinds, where they are more careful than `mode`. `on_since` is when the mode became `on`:
    what was due more than a day before goes out no more. `noted_since`: since when each occurrence of the kinds that
    are not off is noted; None: not yet, or nobody knows.
    """

    mode: Mode = Mode.OFF
    kinds: Mapping[NoticeKind, Mode] = field(default_factory=dict)
    windows: Mapping[NoticeGroup, timedelta] = field(default_factory=dict)
    daily_at: time = time(8)
    quiet_hours: QuietHours | None = None
    sender: str | None = None
    reply_to: str | None = None
    senders: Mapping[str, str] = field(default_factory=dict)
    ways: tuple[str, ...] = ("mail", "letter")
    guardians_until: int = 18
    titles_in_subjects: bool = False
    library_name: str = "Library"
    public_url: str | None = None
    default_language: str = "en"
    window: str = "din-5008-b"
    on_since: datetime | None = None
    version: int = 0
    noted_since: datetime | None = None

    @property
    def noted(self) -> frozenset[NoticeKind]:
        """The kinds whose occurrences are noted: those that are not off."""
        return frozenset(kind for kind in NoticeKind if self.mode_of(kind) is not Mode.OFF)

    def after(self, before: "NoticeSettings", now: datetime) -> "NoticeSettings":
        """Return these in the place of those `before`: what was noted before is noted without a gap."""
        since = before.on_since if before.mode is Mode.ON else now
        return replace(
            self,
            version=before.version + 1,
            on_since=since if self.mode is Mode.ON else None,
            noted_since=before.noted_since if self.noted <= before.noted else None,
        )

    def mode_of(self, kind: NoticeKind) -> Mode:
        """Return the mode of a kind: its own, or that of the whole if it is the more careful one."""
        return min(self.mode, self.kinds.get(kind, self.mode), key=_CAUTION.index)

    def mails(self, kind: NoticeKind) -> bool:
        """Whether a notice of this kind may leave by mail."""
        return self.mode_of(kind) is Mode.ON and "mail" in self.ways

    def due_at(self, kind: NoticeKind, at: datetime, zone: tzinfo) -> datetime:
        """Return when a notice of this kind, which happened then, is to go into a message."""
        if kind.group in self.windows:
            return at + self.windows[kind.group]
        if kind.group not in DAILY:
            return at + WINDOWS[kind.group]
        there = at.astimezone(zone)
        today = _at(there.date(), self.daily_at, zone)
        return today if there <= today else _at(there.date() + timedelta(days=1), self.daily_at, zone)

    def is_stale(self, due_at: datetime) -> bool:
        """Whether something was due too long before the library switched notices on."""
        return self.on_since is not None and due_at < self.on_since - STALE_AFTER

    def figures(self) -> dict[str, Any]:
        """Return them as a document; `of` reads it."""
        quiet = self.quiet_hours
        return {
            "mode": self.mode.value,
            "kinds": {kind.value: mode.value for kind, mode in self.kinds.items()},
            "windows": {group.value: window // timedelta(minutes=1) for group, window in self.windows.items()},
            "daily_at": f"{self.daily_at:%H:%M}",
            "quiet_hours": None if quiet is None else {"from": f"{quiet.begin:%H:%M}", "to": f"{quiet.end:%H:%M}"},
            "sender": self.sender,
            "reply_to": self.reply_to,
            "senders": dict(self.senders),
            "ways": list(self.ways),
            "guardians_until": self.guardians_until,
            "titles_in_subjects": self.titles_in_subjects,
            "library_name": self.library_name,
            "public_url": self.public_url,
            "default_language": self.default_language,
            "window": self.window,
            "on_since": None if self.on_since is None else self.on_since.isoformat(),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any], *, version: int, noted_since: datetime | None = None) -> "NoticeSettings":
        """Return the settings that `figures` wrote."""
        quiet, since = document["quiet_hours"], document["on_since"]
        return cls(
            mode=Mode(document["mode"]),
            kinds={NoticeKind(kind): Mode(mode) for kind, mode in document["kinds"].items()},
            windows={NoticeGroup(group): timedelta(minutes=each) for group, each in document["windows"].items()},
            daily_at=time.fromisoformat(document["daily_at"]),
            quiet_hours=quiet and QuietHours(time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"])),
            sender=document["sender"],
            reply_to=document["reply_to"],
            senders=document["senders"],
            ways=tuple(document["ways"]),
            guardians_until=document["guardians_until"],
            titles_in_subjects=document["titles_in_subjects"],
            library_name=document["library_name"],
            public_url=document["public_url"],
            default_language=document["default_language"],
            window=document["window"],
            on_since=None if since is None else datetime.fromisoformat(since),
            version=version,
            noted_since=noted_since,
        )


def figures_in_shadow(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that `figures` wrote, with what is on in shadow."""
    mode = Mode.SHADOW.value if document["mode"] == Mode.ON else document["mode"]
    return {**document, "mode": mode, "on_since": None}


@dataclass(frozen=True, slots=True)
class NoticeDefaults:
    """What holds until the library has set notices up, the zone of its hours, and whether there is a way for mail."""

    mode: Mode = Mode.OFF
    zone: tzinfo = UTC
    has_mail: bool = False

    def settings(self) -> NoticeSettings:
        """Return the settings that came with the service."""
        return NoticeSettings(mode=self.mode)


SILENT = NoticeDefaults()
"""No notice is sent until the library says so."""


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone)
