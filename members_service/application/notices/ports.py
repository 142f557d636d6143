"""What notices need of the world outside: other services, a mail server, a gateway for short messages."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from typing import Protocol
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Attempt, Way


@dataclass(frozen=True, slots=True)
class LoanNow:
    """A loan as it stands. `by_the_hour`: the time of its due date counts."""

    status: str
    due_at: datetime
    renewable: bool | None = None


@dataclass(frozen=True, slots=True)
class HoldNow:
    """A hold as it stands."""

    status: str
    pickup_branch: str | None = None
    pickup_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FineNow:
    """What is still owed of a charge, in minor units."""

    owed: int


@dataclass(frozen=True, slots=True)
class BranchNow:
    """When a branch is open."""

    hours_today: str | None = None
    next_open_day: date | None = None

    @property
    def is_open_today(self) -> bool:
        """Whether anything can be fetched there today."""
        return self.hours_today is not None


@dataclass(frozen=True, slots=True)
class Circulation:
    """What lending knows of loans, holds and charges right now; what is gone is not in it."""

    loans: Mapping[UUID, LoanNow] = field(default_factory=dict)
    holds: Mapping[UUID, HoldNow] = field(default_factory=dict)
    fines: Mapping[UUID, FineNow] = field(default_factory=dict)
    branches: Mapping[str, BranchNow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of lending in one go."""

    loans: frozenset[UUID] = frozenset()
    holds: frozenset[UUID] = frozenset()
    fines: frozenset[UUID] = frozenset()
    branches: frozenset[str] = frozenset()


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


class Chosen(Protocol):
    """What a member chose."""

    def ways_for(self, kind: NoticeKind, *, usual: Sequence[Way]) -> Sequence[Way] | None:
        """Return the ways for this kind, in the order in which they are tried; None: not to be told of it."""
        ...


class Preferences(Protocol):
    """Knows what members chose."""

    async def of(self, member_ids: Collection[UUID]) -> Mapping[UUID, Chosen]:
        """Return what each of these members chose, or what holds for them."""
        ...


BeginData = Callable[[], Awaitable[bool]]
"""Notes that the final part is about to be sent; False: it must not be, for the message is somebody else's by now."""


class NotClaimed(Exception):
    """The message is somebody else's by now; nothing was sent."""


class MailServer(Protocol):
    """Hands mails over, one at a time."""

    async def send(self, mail: EmailMessage, *, sender: str, to: str, begin_data: BeginData) -> Attempt:
        """Hand `mail` over; `begin_data` is awaited just before the final dot. Raises NotClaimed."""
        ...

    async def rest(self) -> None:
        """Close the connection, if there is one, until the next mail."""
        ...


class PushGateway(Protocol):
    """Hands short messages over."""

    async def send(self, message_id: UUID, to: str, text: str, *, at: datetime, begin_data: BeginData) -> Attempt:
        """Hand the text over; `begin_data` is awaited before the request is sent. Raises NotClaimed."""
        ...
