"""Views of preferences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.preferences import OPTIONAL, CategoryDefaults, NoticePreferences


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """What holds for a member. `chosen`: the member chose it; else it is what the library has set.

    `ways` are tried in this order, null for those of the library. Of a courtesy `kinds` says whether it is wanted, or
    its own ways; whatever is not listed there always goes out.
    """

    member_id: UUID
    language: str | None
    ways: tuple[Way, ...] | None
    kinds: Mapping[NoticeKind, bool | tuple[Way, ...]]
    chosen: bool
    version: int

    @classmethod
    def of(cls, member_id: UUID, language: str | None, held: NoticePreferences, *, chosen: bool, version: int) -> Self:
        """Show the preferences that hold for a member."""
        return cls(member_id, language, held.ways, kinds_of(held), chosen, version)

    @property
    def mark(self) -> str:
        """The language, which changes with the member's record, too."""
        return "".join(sign for sign in (self.language or "").lower() if sign.isalnum())


@dataclass(frozen=True, slots=True)
class DefaultsView:
    """What holds for members of a category who choose nothing. `applied_at`: since when for old members, too."""

    category: str
    ways: tuple[Way, ...] | None
    kinds: Mapping[NoticeKind, bool | tuple[Way, ...]]
    made_at: datetime
    applied_at: datetime | None
    version: int

    @classmethod
    def of(cls, defaults: CategoryDefaults) -> Self:
        """Show the defaults of a category."""
        held = defaults.preferences
        return cls(
            defaults.category, held.ways, kinds_of(held), defaults.made_at, defaults.applied_at, defaults.version
        )

    @property
    def mark(self) -> str:
        """Whether they were applied."""
        return "applied" if self.applied_at else ""


@dataclass(frozen=True, slots=True)
class AppliedView:
    """For how many members defaults come to hold who had others before: those who joined earlier and chose nothing."""

    category: str
    version: int
    members: int
    dry_run: bool


def kinds_of(held: NoticePreferences) -> Mapping[NoticeKind, bool | tuple[Way, ...]]:
    """Return every kind that can be declined, and what holds for it."""
    return {kind: held.kinds.get(kind, True) for kind in OPTIONAL}
