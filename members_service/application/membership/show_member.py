"""Look members up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.membership.queries import CategoryQueries, MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.views import CardView, MemberFilter, MemberView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.membership.card import CardNotFound, CardReplaced, CardStopped
from members_service.domain.membership.membership import UnknownCategory, day_in
from members_service.domain.rights import SEE_CONTACTS
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Reading:
    """Who is looked at, and by whom; `only_of` is the member who asks, None for staff and services."""

    member_id: UUID
    only_of: UUID | None
    by: str | None = None


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ShowMember:
    """Show one member.

    Members see themselves and those for whom they are guardians who may see; for anybody else's id they get the same
    404 as for one that nobody has. That staff looked at somebody is a record of the audit trail.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, reading: Reading) -> MemberView:
        """Return the member as whoever asks may see it. Raises MemberNotFound."""
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        member = await self.members.member(reading.member_id, today=today)
        if reading.only_of is not None:
            if not member.may_be_seen_by(reading.only_of, today=today):
                raise MemberNotFound
            return member.visible_to_member()
        await record_reading(self.unit_of_work, [member.member_id], by=reading.by, now=now)
        return member


@refuses(CardReplaced, CardStopped, UnknownCategory)
@dataclass(frozen=True, slots=True)
class ListMembers:
    """List members in the order in which they joined, or in the one that is asked for.

    Everything that is asked for applies together. Preferred names, days of birth, towns and attributes are found whole,
    although they are sealed. A card that works no longer is refused. That staff looked for members is a record of the
    audit trail, one for each whom they were shown.

    Without the right `see_contacts` nobody is found by e-mail address or telephone, and none may be looked for by day
    of birth or town.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    category_queries: CategoryQueries
    clock: Clock
    zone: tzinfo

    async def __call__(
        self, criteria: MemberFilter, *, limit: int, after: Sequence[Any] | None, by: str | None = None, more: int = 0
    ) -> list[MemberView]:
        """Return up to `limit` members behind that position, and up to `more` behind them, who are not shown.

        Raises CardReplaced, CardStopped, UnknownCategory or RightMissing.
        """
        if criteria.is_by_contacts:
            authorise(SEE_CONTACTS)
        now = self.clock.now()
        if criteria.category is not None:
            (await self.category_queries.newest()).categories[
                criteria.category
            ]  # an unknown one is refused, with a hint
        found = await self.members.members(
            criteria, today=day_in(self.zone, at=now), limit=limit + more, after=after, zone=self.zone
        )
        listed = [member.member_id for member in found[:limit]]
        await record_reading(self.unit_of_work, listed, action=AuditAction.LISTED, by=by, now=now)
        return found


@refuses(CardNotFound)
@dataclass(frozen=True, slots=True)
class ShowCard:
    """Show a card by its number, and whose it is or was: also one that was replaced, or stopped because it was lost.

    So a card that somebody hands in comes back to its owner. The look is on record (`read`).
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock

    async def __call__(self, card_number: str, *, by: str | None = None) -> CardView:
        """Raise CardNotFound."""
        card = await self.members.card(card_number)
        await record_reading(self.unit_of_work, [card.member_id], by=by, now=self.clock.now())
        return card


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ListCards:
    """List all cards of a member in the order in which they were given out, those that work no longer as well.

    That staff looked is a record of the audit trail.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, reading: Reading, *, limit: int, after: tuple[datetime, str] | None) -> list[CardView]:
        """Return up to `limit` cards behind that one. Raises MemberNotFound."""
        now = self.clock.now()
        member = await self.members.member(reading.member_id, today=day_in(self.zone, at=now))
        if reading.only_of not in (None, member.member_id):
            raise MemberNotFound
        if reading.only_of is None:
            await record_reading(self.unit_of_work, [member.member_id], by=reading.by, now=now)
        return await self.members.cards(member.member_id, limit=limit, after=after)
