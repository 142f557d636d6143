"""What somebody wants to be told, and how. Courtesy can be declined; what is mandatory finds its way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from members_service.domain.notices.kinds import NoticeClass, NoticeKind
from members_service.domain.notices.message import Way
from shared.kernel.errors import InvalidValue, NotFound

USUAL_WAYS = (Way.MAIL, Way.LETTER)
"""The ways of a library that says nothing else."""

OPTIONAL = tuple(kind for kind in NoticeKind if kind.notice_class is NoticeClass.COURTESY)
"""The kinds that can be declined."""


class NoticeNotOptional(InvalidValue):
    """Nobody can decline what they have to know."""

    code = "notice-not-optional"
    field = "kinds"

    def __init__(self, kind: str) -> None:
        super().__init__(f"Notices of the kind {kind} always go out. Only courtesy can be declined.", kind=kind)


class DefaultsNotFound(NotFound):
    """The library has set no defaults for a category."""

    code = "notice-defaults-not-found"
    detail = "The library has set no defaults for this category. Put some."


@dataclass(frozen=True, slots=True)
class NoticePreferences:
    """In which order somebody is reached, None for that of the library, and which kinds differ.

    Of a kind that differs, False is none, or there are ways of its own. Raises NoticeNotOptional.
    """

    ways: tuple[Way, ...] | None = None
    kinds: Mapping[NoticeKind, bool | tuple[Way, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in OPTIONAL:
                raise NoticeNotOptional(kind)

    def ways_for(self, kind: NoticeKind, *, usual: tuple[Way, ...] = USUAL_WAYS) -> tuple[Way, ...] | None:
        """Return the ways to try for a kind, in order; None where it is not wanted. `usual` are the library's."""
        chosen = self.kinds.get(kind, True)
        if chosen is False:
            return None
        return (self.ways or usual) if chosen is True else chosen

    def without(self, kinds: Iterable[NoticeKind]) -> Self:
        """Return them with these kinds declined, as far as they can be."""
        return replace(self, kinds={**self.kinds, **{kind: False for kind in kinds if kind in OPTIONAL}})

    def with_kinds(self, changed: Mapping[NoticeKind, bool | tuple[Way, ...] | None]) -> Self:
        """Return them with other kinds; None and True leave a kind to the usual ways. Raises NoticeNotOptional."""
        for kind in changed:
            if kind not in OPTIONAL:
                raise NoticeNotOptional(kind)
        both = {**self.kinds, **changed}
        return replace(self, kinds={kind: ways for kind, ways in both.items() if ways is not None and ways is not True})

    def figures(self) -> dict[str, Any]:
        """Return them as a document; `of` reads it."""
        kinds = {kind.value: ways if isinstance(ways, bool) else list(ways) for kind, ways in self.kinds.items()}
        return {"ways": self.ways and [way.value for way in self.ways], "kinds": kinds}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the preferences that `figures` wrote."""
        kinds = {
            NoticeKind(kind): ways if isinstance(ways, bool) else tuple(map(Way, ways))
            for kind, ways in document["kinds"].items()
        }
        return cls(document["ways"] and tuple(map(Way, document["ways"])), kinds)


@dataclass(frozen=True, slots=True)
class CategoryDefaults:
    """What a library has set for members of a category who choose nothing themselves, version by version.

    A version holds for who joins from then on; for those who were members before, only once it was applied.
    """

    category: str
    version: int
    preferences: NoticePreferences
    made_at: datetime
    applied_at: datetime | None = None

    def hold_for(self, joined_at: datetime) -> bool:
        """Return whether they hold for somebody who joined then."""
        return self.applied_at is not None or joined_at >= self.made_at


def defaults_for(category: str, joined_at: datetime, versions: Iterable[CategoryDefaults]) -> NoticePreferences:
    """Return what holds for a member who chose nothing: the newest defaults that hold, else what the library does."""
    holding = [one for one in versions if one.category == category and one.hold_for(joined_at)]
    return max(holding, key=lambda one: one.version).preferences if holding else NoticePreferences()
