"""Events of a membership: facts without a word about the person."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from members_service.domain.membership.fee import FeeDue
from members_service.domain.membership.member_record import ReadingHistory


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody became a member, and owes these fees."""

    member_id: UUID
    category: str
    expires_on: date
    at: datetime
    fees: tuple[FeeDue, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberRenewed:
    """A membership goes on until another day, for these fees."""

    member_id: UUID
    expires_on: date
    at: datetime
    fees: tuple[FeeDue, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberSuspended:
    """Staff stopped a membership, or changed until when it is stopped."""

    member_id: UUID
    until: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberReinstated:
    """A suspension was lifted, or somebody who was leaving stays."""

    member_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberLeaving:
    """Somebody is to be erased as soon as nothing is open. `leaving_id` names this very request."""

    member_id: UUID
    leaving_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberErased:
    """Nothing about the person is left here."""

    member_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberMerged:
    """Two records were of one person; `member_id` is gone, and what it has is `into`'s now, who is of this category."""

    member_id: UUID
    into: UUID
    category: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CategoryChanged:
    """Somebody is a member of another category from now on."""

    member_id: UUID
    category: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadingHistoryChosen:
    """A member chose what is to be kept of past loans."""

    member_id: UUID
    choice: ReadingHistory
    at: datetime


MemberEvent = (
    MemberJoined
    | MemberRenewed
    | MemberSuspended
    | MemberReinstated
    | MemberLeaving
    | MemberErased
    | MemberMerged
    | CategoryChanged
    | ReadingHistoryChosen
)
