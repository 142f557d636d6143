"""A member: a person with a membership, a card and a standing."""

from dataclasses import fields, replace
from datetime import date, datetime
from uuid import UUID

from members_service.domain.email import Email
from members_service.domain.membership.block import Block, BlockNotFound
from members_service.domain.membership.card import Card
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType
from members_service.domain.membership.member_events import (
    MemberErased,
    MemberEvent,
    MemberJoined,
    MemberLeaving,
    MemberReinstated,
    MemberRenewed,
    MemberSuspended,
)
from members_service.domain.membership.membership import Category
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.domain.membership.standing import Membership, Status, Suspension
from shared.kernel.errors import Conflict, InvalidValue, NotAllowed


class EmailNeedsAdmin(NotAllowed):
    """The desk may not take the user name from somebody with more rights than its own."""

    code = "email-needs-admin"
    detail = "This account may do more than a member's. Ask an admin to change its e-mail address."


class MemberNotSuspended(Conflict):
    """Nothing is there to be lifted."""

    code = "member-not-suspended"
    detail = "This member is neither suspended nor leaving, so there is nothing to lift."


class MemberIsLeaving(Conflict):
    """The member asked to be erased."""

    code = "member-leaving"
    detail = "This member is leaving the library. Reinstate the member first, if that was not meant."


class EndsInThePast(InvalidValue):
    """A suspension or block that would be over before it began."""

    code = "ends-in-the-past"
    detail = "It must end today or later; leave `until` out when the end is open."
    field = "until"


class RenewalNotLater(InvalidValue):
    """A renewal that would not make the membership last longer."""

    code = "renewal-not-later"

    def __init__(self, expires_on: date) -> None:
        super().__init__(
            "A renewed membership lasts longer than before, and through today at least. Choose a later day.",
            field="expires_on",
            present_expires_on=expires_on.isoformat(),
        )


class Member:
    """Tell it what happened and who did it; it decides and records what it means. The attributes are for reading.

    Making one is somebody's joining. `expires_on` may lie in the past: an old membership can be taken over as it is.
    """

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
        language: str | None = None,
        by: str | None = None,
        now: datetime,
    ) -> None:
        self.id = id
        self.name = name
        self.email = email
        self.category = category
        self.cards = [Card(number=card, issued_at=now)]
        self.expires_on = expires_on
        self.details = details
        self.language = language
        self.joined_at = now
        self.suspension: Suspension | None = None
        self.blocks: list[Block] = []
        self.leaving_since: datetime | None = None
        self.leaving_id: UUID | None = None
        self.version = 1
        self._events: list[MemberEvent] = [MemberJoined(id, category, expires_on, now)]
        self._history: list[HistoryEntry] = [HistoryEntry(MembershipEventType.JOINED, now, by)]

    @property
    def card(self) -> CardNumber:
        """The number of the card that works."""
        return next(card.number for card in self.cards if card.works)

    @property
    def membership(self) -> Membership:
        """What this member's standing depends on."""
        blocks = tuple(block.effect for block in self.blocks)
        return Membership(self.id, self.category, self.expires_on, self.suspension, blocks, self.is_leaving)

    @property
    def is_leaving(self) -> bool:
        """Whether this member asked to be erased."""
        return self.leaving_since is not None

    def status(self, today: date) -> Status:
        """Return the membership in one word."""
        return self.membership.status(today)

    def edit(
        self,
        *,
        name: str,
        email: Email,
        category: Category,
        expires_on: date,
        details: PersonalDetails,
        language: str | None,
        by: str | None = None,
        now: datetime,
    ) -> None:
        """Correct what is on record; the history tells which fields, not what they hold."""
        new = {"name": name, "email": email, "category": category, "expires_on": expires_on, "language": language}
        changed = [field for field, value in new.items() if getattr(self, field) != value]
        for field in changed:
            setattr(self, field, new[field])
        changed += [one.name for one in fields(details) if _differ(self.details, details, one.name)]
        self.details = replace(details)
        if changed:
            self._changed(
                HistoryEntry(MembershipEventType.CHANGED, now, by, facts={"fields": " ".join(sorted(changed))})
            )

    def renew(self, expires_on: date, *, by: str | None = None, today: date, now: datetime) -> None:
        """Let the membership last until another day. Raises RenewalNotLater, or MemberIsLeaving."""
        if self.is_leaving:
            raise MemberIsLeaving
        if expires_on < today or expires_on <= self.expires_on:
            raise RenewalNotLater(self.expires_on)
        self.expires_on = expires_on
        history_entry = HistoryEntry(MembershipEventType.RENEWED, now, by, facts={"expires_on": expires_on.isoformat()})
        self._changed(history_entry, MemberRenewed(self.id, expires_on, now))

    def replace_card(
        self, number: CardNumber, *, by: str | None = None, reason: str | None = None, now: datetime
    ) -> None:
        """Give out a new card; the old one stops working and its number is nobody's ever after."""
        for card in self.cards:
            if card.works:
                card.replaced_at = now
        self.cards.append(Card(number=number, issued_at=now))
        self._changed(HistoryEntry(MembershipEventType.CARD_REPLACED, now, by, reason))

    def suspend(self, suspension: Suspension, *, by: str | None = None, today: date, now: datetime) -> None:
        """Stop the whole membership. A suspended member gets the new reason and end instead of the old ones.

        Raises EndsInThePast when the suspension would be over before today.
        """
        if not suspension.holds_on(today):
            raise EndsInThePast
        self.suspension = suspension
        history_entry = HistoryEntry(
            MembershipEventType.SUSPENDED, now, by, suspension.reason, _until(suspension.until)
        )
        self._changed(history_entry, MemberSuspended(self.id, suspension.until, now))

    def reinstate(self, *, by: str | None = None, today: date, now: datetime) -> None:
        """Let a member who is leaving stay; else lift the suspension.

        Raises MemberNotSuspended when there is neither, or the suspension is over by itself.
        """
        if self.is_leaving:
            self.leaving_since = self.leaving_id = None
            self._changed(HistoryEntry(MembershipEventType.STAYED, now, by), MemberReinstated(self.id, now))
            return
        if self.suspension is None or not self.suspension.holds_on(today):
            raise MemberNotSuspended
        self.suspension = None
        self._changed(HistoryEntry(MembershipEventType.REINSTATED, now, by), MemberReinstated(self.id, now))

    def block(self, block: Block, *, by: str | None = None, today: date) -> None:
        """Stop one action. Raises EndsInThePast when the block would be over before today."""
        if not block.effect.holds_on(today):
            raise EndsInThePast
        self.blocks.append(block)
        facts = {"action": str(block.effect.action), **_until(block.effect.until)}
        self._changed(HistoryEntry(MembershipEventType.BLOCKED, block.placed_at, by, block.reason, facts))

    def lift_block(self, block_id: UUID, *, by: str | None = None, now: datetime) -> None:
        """Take a block away. Raises BlockNotFound when this member has no such block."""
        found = next((block for block in self.blocks if block.id == block_id), None)
        if found is None:
            raise BlockNotFound
        self.blocks.remove(found)
        self._changed(
            HistoryEntry(MembershipEventType.BLOCK_LIFTED, now, by, facts={"action": str(found.effect.action)})
        )

    def leave(self, leaving_id: UUID, *, by: str | None = None, now: datetime) -> bool:
        """Begin to leave: from now on nothing but returning is allowed. False when the member is leaving already."""
        if self.is_leaving:
            return False
        self.leaving_since, self.leaving_id = now, leaving_id
        self._changed(HistoryEntry(MembershipEventType.LEAVING, now, by), MemberLeaving(self.id, leaving_id, now))
        return True

    def may_be_erased(self, leaving_id: UUID) -> bool:
        """Whether this is still the request that lending has cleared, and not one that was withdrawn."""
        return self.is_leaving and self.leaving_id == leaving_id

    def erase(self, *, now: datetime) -> None:
        """Tell the world that nothing is left; whoever calls this removes everything in the same act."""
        self._events.append(MemberErased(self.id, now))

    def take_events(self) -> list[MemberEvent]:
        """Return what the world is to be told since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def take_history_entries(self) -> list[HistoryEntry]:
        """Return what belongs into the history since the last call, oldest first."""
        history_entries, self._history = self._history, []
        return history_entries

    def _changed(self, history_entry: HistoryEntry, *events: MemberEvent) -> None:
        self.version += 1
        self._history.append(history_entry)
        self._events.extend(events)


def _until(day: date | None) -> dict[str, str]:
    return {} if day is None else {"until": day.isoformat()}


def _differ(one: object, other: object, field: str) -> bool:
    return bool(getattr(one, field) != getattr(other, field))
