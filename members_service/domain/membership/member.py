"""A member: a person with a membership, a card and a standing."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from uuid import UUID

from members_service.domain.email import Email
from members_service.domain.membership.card import Card, CardNotFound, CardState
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.fee import FeeDue
from members_service.domain.membership.guardian import Guardian, OwnGuardian, guardians_of_both, permissions_of
from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType, facts_of_end
from members_service.domain.membership.member_events import (
    CategoryChanged,
    MemberErased,
    MemberEvent,
    MemberJoined,
    MemberLeaving,
    MemberMerged,
    MemberReinstated,
    MemberRenewed,
    MemberSuspended,
    ReadingHistoryChosen,
)
from members_service.domain.membership.member_record import MemberRecord, ReadingHistory
from members_service.domain.membership.member_refusals import (
    EndsInThePast,
    MemberIsLeaving,
    MemberNotSuspended,
    RenewalNotLater,
    SameMember,
)
from members_service.domain.membership.membership import Categories
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.domain.membership.standing import Block, BlockNotFound, Membership, Status, Suspension


class Member:
    """Its methods say what happened and who did it; it decides and records what follows. Attributes are for reading.

    Making one is somebody's joining. `expires_on` may lie in the past: an old membership can be taken over as it is,
    with the day on which it began. `number` is what people say of it; without one it is numbered when it is stored.
    """

    def __init__(
        self,
        *,
        id: UUID,
        number: int | None = None,
        record: MemberRecord,
        card: CardNumber,
        pin_hash: str | None = None,
        guardians: Sequence[Guardian] = (),
        joined_at: datetime | None = None,
        fees: tuple[FeeDue, ...] = (),
        by: str | None = None,
        now: datetime,
    ) -> None:
        self.id = id
        if number is not None:
            self.number = number
        for one in fields(record):
            setattr(self, one.name, getattr(record, one.name))
        self.cards = [Card(number=card, issued_at=joined_at or now)]
        self.pin_hash = pin_hash
        self.joined_at = self.active_at = joined_at or now
        self.suspension: Suspension | None = None
        self.blocks: list[Block] = []
        self.guardians: list[Guardian] = []
        self.leaving_since: datetime | None = None
        self.leaving_id: UUID | None = None
        self.version = 1
        self._events: list[MemberEvent] = [MemberJoined(id, record.category, record.expires_on, now, fees)]
        if record.reading_history is not ReadingHistory.DEFAULT:
            self._events.append(ReadingHistoryChosen(id, record.reading_history, now))
        self._history: list[HistoryEntry] = [HistoryEntry(MembershipEventType.JOINED, now, by)]
        self._set_guardians(guardians)

    number: int
    name: str
    category: str
    expires_on: date
    email: Email | None
    details: PersonalDetails
    language: str | None
    home_branch: str | None
    external_id: str | None
    reading_history: ReadingHistory

    @property
    def record(self) -> MemberRecord:
        """What is on record and may be corrected."""
        return MemberRecord(**{one.name: getattr(self, one.name) for one in fields(MemberRecord)})

    @property
    def card(self) -> CardNumber:
        """The number of the card that is shown."""
        return self._shown_card.number

    @property
    def card_stopped_at(self) -> datetime | None:
        """When the card that is shown was stopped, if it was."""
        return self._shown_card.stopped_at

    @property
    def _shown_card(self) -> Card:
        return next(card for card in self.cards if card.is_shown)

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
        record: MemberRecord,
        *,
        guardians: Sequence[Guardian] | None = None,
        by: str | None = None,
        now: datetime,
    ) -> None:
        """Correct what is on record; the history names the fields, not their values. None keeps the guardians.

        Raises OwnGuardian.
        """
        changed = self.record.changes_to(record)
        if record.reading_history != self.reading_history:
            self._events.append(ReadingHistoryChosen(self.id, record.reading_history, now))
        if record.category != self.category:
            self._events.append(CategoryChanged(self.id, record.category, now))
        self._take(record)
        if guardians is not None and permissions_of(guardians) != permissions_of(self.guardians):
            self._set_guardians(guardians)
            changed = sorted([*changed, "guardians"])
        if changed:
            self._changed(HistoryEntry(MembershipEventType.CHANGED, now, by, facts={"fields": " ".join(changed)}))

    def set_pin(self, pin_hash: str, *, by: str | None = None, now: datetime) -> None:
        """Take another PIN, known by its hash alone."""
        self.pin_hash = pin_hash
        self._changed(HistoryEntry(MembershipEventType.PIN_CHANGED, now, by))

    def keep_better_pin_hash(self, pin_hash: str) -> None:
        """Store the same PIN under the present, stronger parameters of the hash."""
        self.pin_hash = pin_hash
        self.version += 1

    def grow_up(self, categories: Categories, *, by: str | None = None, today: date, now: datetime) -> str:
        """Become a member of the category that follows at this age, if one does; return which it is now."""
        category = categories.grown_into(self.category, born=self.details.date_of_birth, today=today)
        if category != self.category:
            self.edit(replace(self.record, category=category), by=by, now=now)
        return category

    def renew(
        self, expires_on: date, *, fees: tuple[FeeDue, ...] = (), by: str | None = None, today: date, now: datetime
    ) -> None:
        """Let the membership last until another day, for these fees. Raises RenewalNotLater, or MemberIsLeaving."""
        if self.is_leaving:
            raise MemberIsLeaving
        if expires_on < today or expires_on <= self.expires_on:
            raise RenewalNotLater(self.expires_on)
        self.expires_on = expires_on
        history_entry = HistoryEntry(MembershipEventType.RENEWED, now, by, facts={"expires_on": expires_on.isoformat()})
        self._changed(history_entry, MemberRenewed(self.id, expires_on, now, fees))

    def replace_card(
        self, number: CardNumber, *, by: str | None = None, reason: str | None = None, now: datetime
    ) -> None:
        """Give out a new card; the old ones stop working, and their numbers are never given out again."""
        for card in self.cards:
            if card.replaced_at is None:
                card.replaced_at = now
        self.cards.append(Card(number=number, issued_at=now))
        self._changed(HistoryEntry(MembershipEventType.CARD_REPLACED, now, by, reason))

    def add_card(self, number: CardNumber, *, by: str | None = None, reason: str | None = None, now: datetime) -> None:
        """Give out one more card, which is the one that is shown from now on; those that work go on working."""
        present = self._shown_card
        if present.state is CardState.ACTIVE:
            present.keep_besides(now=now)
        else:
            present.replaced_at = now
        self.cards.append(Card(number=number, issued_at=now))
        self._changed(HistoryEntry(MembershipEventType.CARD_ADDED, now, by, reason))

    def stop_card(self, key: str, *, by: str | None = None, reason: str | None = None, now: datetime) -> None:
        """Stop one card, which somebody has lost; stopping it again changes nothing.

        If it is the one that is shown, the newest of those that still work is shown in its place. Without any, it is
        shown until there is a new one. Raises CardNotFound.
        """
        card = next((one for one in self.cards if one.number.key == key), None)
        if card is None:
            raise CardNotFound
        if card.state is CardState.STOPPED:
            return
        card.stopped_at = now
        self._show_one_that_works(now=now)
        self._changed(HistoryEntry(MembershipEventType.CARD_STOPPED, now, by, reason))

    def _show_one_that_works(self, *, now: datetime) -> None:
        """Show the newest card that works in the place of one that is stopped."""
        lost = next((one for one in self.cards if one.is_shown and one.state is CardState.STOPPED), None)
        others = [one for one in self.cards if one.state is CardState.ACTIVE]
        if lost is not None and others:
            lost.replaced_at = now
            max(others, key=lambda one: (one.kept_at is not None, one.issued_at)).show()

    def take_over_card(self, number: CardNumber, *, by: str | None = None, reason: str, now: datetime) -> None:
        """Use the card that a former system gave out since; one that they had here, even before, changes nothing."""
        if number.key not in {card.number.key for card in self.cards}:
            self.replace_card(number, by=by, reason=reason, now=now)

    def suspend(self, suspension: Suspension, *, by: str | None = None, today: date, now: datetime) -> None:
        """Stop the whole membership. A suspended member gets the new reason and end instead of the old ones.

        Raises EndsInThePast when the suspension would be over before today.
        """
        if not suspension.holds_on(today):
            raise EndsInThePast
        self.suspension = suspension
        history_entry = HistoryEntry(
            MembershipEventType.SUSPENDED, now, by, suspension.reason, facts_of_end(suspension.until)
        )
        self._changed(history_entry, MemberSuspended(self.id, suspension.until, now))

    def have_joined_before(self) -> None:
        """Have joined in a former system: no event says so. The choice about past loans is published."""
        self._events = [event for event in self._events if not isinstance(event, MemberJoined)]

    def suspend_as_before(self, suspension: Suspension | None) -> None:
        """Take over the suspension of a former system, without an event; None leaves the present one."""
        self.suspension = suspension or self.suspension

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
        facts = {"action": str(block.effect.action), **facts_of_end(block.effect.until)}
        if block.effect.branch is not None:
            facts["branch"] = block.effect.branch
        self._changed(HistoryEntry(MembershipEventType.BLOCKED, block.placed_at, by, block.reason, facts))

    def lift_block(self, block_id: UUID, *, by: str | None = None, now: datetime) -> Block:
        """Take a block away, and return it. Raises BlockNotFound when this member has no such block."""
        found = next((block for block in self.blocks if block.id == block_id), None)
        if found is None:
            raise BlockNotFound
        self.blocks.remove(found)
        self._changed(
            HistoryEntry(MembershipEventType.BLOCK_LIFTED, now, by, facts={"action": str(found.effect.action)})
        )
        return found

    def leave(self, leaving_id: UUID, *, by: str | None = None, now: datetime) -> bool:
        """Begin to leave: from now on nothing but returning is allowed.

        Return False if the member is leaving already: then the event is only repeated, for lending may have missed it.
        """
        if self.leaving_id is not None:
            self._events.append(MemberLeaving(self.id, self.leaving_id, now))
            return False
        self.leaving_since, self.leaving_id = now, leaving_id
        self._changed(HistoryEntry(MembershipEventType.LEAVING, now, by), MemberLeaving(self.id, leaving_id, now))
        return True

    def stop_serving(self, *, now: datetime) -> None:
        """Be served by nobody while it is looked up whether the record goes; nothing is changed or told by that.

        Nobody has asked for it, so that a request to leave that comes meanwhile counts as the first. One who is leaving
        or not served already stays as it is.
        """
        if not self.is_leaving:
            self.leaving_since = now

    def serve_again(self) -> None:
        """Be served again, unless somebody has asked to leave."""
        if self.leaving_id is None:
            self.leaving_since = None

    def may_be_erased(self, leaving_id: UUID) -> bool:
        """Whether this is still the request that lending has cleared, and not one that was withdrawn."""
        return self.is_leaving and self.leaving_id == leaving_id

    def erase(self, *, now: datetime) -> None:
        """Record the event that nothing is left; the caller removes everything in the same transaction."""
        self._events.append(MemberErased(self.id, now))

    def absorb(self, other: "Member", *, by: str | None = None, now: datetime) -> None:
        """Take over a record of the same person; whoever calls this removes the other one in the same act.

        What is known here stays, what is missing comes from the other record. The other's cards, which the caller has
        moved here, go on finding this member; one of them is shown if the own is stopped. The later end of both
        memberships counts, and of both suspensions.
        Its version is beyond those of both: what somebody has read by the other's id is no longer what is there.
        Raises MemberIsLeaving when one of the two is leaving, and SameMember.
        """
        if other.id == self.id:
            raise SameMember
        if self.is_leaving or other.is_leaving:
            raise MemberIsLeaving
        for card in other.cards:
            card.merged_at, card.kept_at = card.merged_at or now, None
        self._show_one_that_works(now=now)
        self._take(self.record.filled_from(other.record))
        self.suspension = Suspension.longer(self.suspension, other.suspension)
        self.pin_hash = self.pin_hash or other.pin_hash
        self._set_guardians(guardians_of_both(self.guardians, other.guardians, of=self.id))
        self.version = max(self.version, other.version)
        self._changed(HistoryEntry(MembershipEventType.MERGED, now, by, facts={"merged": str(other.id)}))
        self._events.append(MemberMerged(other.id, self.id, self.category, now))
        if self.reading_history is ReadingHistory.DEFAULT and other.reading_history is not ReadingHistory.DEFAULT:
            self.reading_history = other.reading_history
            self._events.append(ReadingHistoryChosen(self.id, self.reading_history, now))

    def take_events(self) -> list[MemberEvent]:
        """Return the events to publish since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def take_history_entries(self) -> list[HistoryEntry]:
        """Return the history entries since the last call, oldest first."""
        history_entries, self._history = self._history, []
        return history_entries

    def _take(self, record: MemberRecord) -> None:
        for one in fields(record):
            if getattr(self, one.name) != getattr(record, one.name):
                setattr(self, one.name, getattr(record, one.name))

    def _set_guardians(self, guardians: Sequence[Guardian]) -> None:
        if any(guardian.guardian_id == self.id for guardian in guardians):
            raise OwnGuardian
        present = {guardian.guardian_id: guardian for guardian in self.guardians}
        new = {guardian.guardian_id: guardian for guardian in guardians}
        for guardian_id, guardian in new.items():
            one = present.setdefault(guardian_id, guardian)
            one.may, one.until = guardian.may, guardian.until
        self.guardians[:] = [present[guardian_id] for guardian_id in new]

    def _changed(self, history_entry: HistoryEntry, *events: MemberEvent) -> None:
        self.version += 1
        self.active_at = history_entry.at
        self._history.append(history_entry)
        self._events.extend(events)
