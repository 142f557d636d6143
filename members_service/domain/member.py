"""A member: a person with a membership, a card and a standing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

from members_service.domain.card_number import CardNumber
from members_service.domain.email import Email
from members_service.domain.membership import Category
from members_service.domain.personal_details import PersonalDetails
from members_service.domain.standing import Membership, Status, Stop, Suspension
from shared.kernel.errors import Conflict, InvalidValue, NotFound


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody became a member."""

    member_id: UUID
    category: Category
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
    """A suspension was lifted."""

    member_id: UUID
    at: datetime


MemberEvent = MemberJoined | MemberSuspended | MemberReinstated


class MemberNotFound(NotFound):
    """There is no such member, or not for this caller."""

    code = "member-not-found"

    def __init__(self) -> None:
        super().__init__("No member has this id or card number.")


class BlockNotFound(NotFound):
    """The member has no such block."""

    code = "block-not-found"

    def __init__(self) -> None:
        super().__init__("This member has no block with this id.")


class CardNumberTaken(Conflict):
    """Somebody else has this card number."""

    code = "card-number-taken"

    def __init__(self) -> None:
        super().__init__("Another member has this card number already.")


class MemberNotSuspended(Conflict):
    """Nothing is there to be lifted."""

    code = "member-not-suspended"

    def __init__(self) -> None:
        super().__init__("This member is not suspended, so there is nothing to lift.")


class EndsInThePast(InvalidValue):
    """A suspension or block that would be over before it began."""

    code = "ends-in-the-past"

    def __init__(self) -> None:
        super().__init__("It must end today or later; leave `until` out when the end is open.", field="until")


class Block:
    """A manual stop on one action of a member, with the reason that staff gave."""

    def __init__(self, *, id: UUID, stop: Stop, reason: str, placed_at: datetime) -> None:
        self.id = id
        self.stop = stop
        self.reason = reason
        self.placed_at = placed_at


class Member:
    """Tell it what happened; it decides and records what it means. The attributes are for reading."""

    def __init__(
        self,
        *,
        id: UUID,
        name: str,
        email: Email,
        category: Category,
        card: CardNumber,
        expires_on: date,
        details: PersonalDetails,
        language: str | None,
        joined_at: datetime,
    ) -> None:
        self.id = id
        self.name = name
        self.email = email
        self.category = category
        self.card = card
        self.expires_on = expires_on
        self.details = details
        self.language = language
        self.joined_at = joined_at
        self.suspension: Suspension | None = None
        self.blocks: list[Block] = []
        self.leaving_since: datetime | None = None
        self.version = 1
        self._events: list[MemberEvent] = []

    @classmethod
    def enrol(
        cls,
        *,
        id: UUID,
        name: str,
        email: Email,
        category: Category,
        card: CardNumber,
        expires_on: date,
        details: PersonalDetails,
        language: str | None = None,
        now: datetime,
    ) -> Self:
        """Make somebody a member. `expires_on` may lie in the past: an old membership can be taken over as it is."""
        member = cls(
            id=id,
            name=name,
            email=email,
            category=category,
            card=card,
            expires_on=expires_on,
            details=details,
            language=language,
            joined_at=now,
        )
        member._events.append(MemberJoined(id, category, expires_on, now))
        return member

    @property
    def membership(self) -> Membership:
        """What this member's standing depends on."""
        stops = tuple(block.stop for block in self.blocks)
        leaving = self.leaving_since is not None
        return Membership(self.id, self.category, self.expires_on, self.suspension, stops, leaving)

    def status(self, today: date) -> Status:
        """Return the membership in one word."""
        return self.membership.status(today)

    def suspend(self, suspension: Suspension, *, today: date, now: datetime) -> None:
        """Stop the whole membership. A suspended member gets the new reason and end instead of the old ones.

        Raises EndsInThePast when the suspension would be over before today.
        """
        if not suspension.holds_on(today):
            raise EndsInThePast
        self.suspension = suspension
        self._changed(MemberSuspended(self.id, suspension.until, now))

    def reinstate(self, *, today: date, now: datetime) -> None:
        """Lift the suspension. Raises MemberNotSuspended when there is none, or it is over by itself."""
        if self.suspension is None or not self.suspension.holds_on(today):
            raise MemberNotSuspended
        self.suspension = None
        self._changed(MemberReinstated(self.id, now))

    def block(self, block: Block, *, today: date) -> None:
        """Stop one action. Raises EndsInThePast when the block would be over before today."""
        if not block.stop.holds_on(today):
            raise EndsInThePast
        self.blocks.append(block)
        self._changed()

    def lift_block(self, block_id: UUID) -> None:
        """Take a block away. Raises BlockNotFound when this member has no such block."""
        found = next((block for block in self.blocks if block.id == block_id), None)
        if found is None:
            raise BlockNotFound
        self.blocks.remove(found)
        self._changed()

    def take_events(self) -> list[MemberEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _changed(self, *events: MemberEvent) -> None:
        self.version += 1
        self._events.extend(events)
