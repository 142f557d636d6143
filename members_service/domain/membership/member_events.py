"""What the world is told of a membership: facts without a word about the person."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from members_service.domain.membership.membership import Category


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody became a member."""

    member_id: UUID
    category: Category
    expires_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberRenewed:
    """A membership goes on until another day."""

    member_id: UUID
    expires_on: date
    at: datetime


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


MemberEvent = MemberJoined | MemberRenewed | MemberSuspended | MemberReinstated | MemberLeaving | MemberErased
