"""What notices need of the world outside: other services, a mail server, a gateway for short messages."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from members_service.domain.notices.circulation import Circulation, Question
from members_service.domain.notices.preferences import NoticePreferences


class Lending(Protocol):
    """Knows whether what a notice says still holds."""

    async def circulation(self, question: Question) -> Circulation:
        """Return how things stand. Raises NeighbourUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class TitleNow:
    """A title, as the catalogue has it."""

    title: str
    author: str | None = None


@dataclass(frozen=True, slots=True)
class CopyNow:
    """A copy, as the catalogue has it."""

    barcode: str
    shelf_mark: str | None = None
    volume: str | None = None


@dataclass(frozen=True, slots=True)
class BranchPlace:
    """What a branch is called, and where it stands."""

    name: str
    address: str | None = None
    phone: str | None = None
    mail: str | None = None


class Catalogue(Protocol):
    """Knows titles, copies and branches."""

    async def titles(self, book_ids: Collection[UUID]) -> Mapping[UUID, TitleNow]:
        """Return the titles there are. Raises NeighbourUnavailable."""
        ...

    async def copies(self, copy_ids: Collection[UUID]) -> Mapping[UUID, CopyNow]:
        """Return the copies there are. Raises NeighbourUnavailable."""
        ...

    async def branches(self) -> Mapping[str, BranchPlace]:
        """Return all branches by code. Raises NeighbourUnavailable."""
        ...


class Preferences(Protocol):
    """Knows what members chose."""

    async def of(self, member_ids: Collection[UUID]) -> Mapping[UUID, NoticePreferences]:
        """Return what each of these members chose, or what holds for them."""
        ...


BeginData = Callable[[], Awaitable[bool]]
"""Notes that the final part is about to be sent; False: it must not be.

The message is somebody else's by now, or what it says is not true any more.
"""


class NotClaimed(Exception):
    """The message must not be sent as it is; nothing was."""
