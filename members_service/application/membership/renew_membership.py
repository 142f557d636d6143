"""Let a membership go on."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from members_service.application.membership.queries import CategoryQueries
from members_service.application.membership.views import MemberView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_refusals import MemberIsLeaving, MembershipSuspended, RenewalNotLater
from members_service.domain.membership.membership import (
    AgeNotForCategory,
    CategoryTerms,
    NotTimeToRenew,
    OwnRenewalOff,
    day_in,
)
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class MembershipRenewal:
    """Whose membership, and until when; None leaves that to the category.

    `by` is who asks, `by_member` the own member id of that person, if any.
    """

    member_id: UUID
    expires_on: date | None = None
    by: str | None = None
    by_member: UUID | None = None


@refuses(MemberNotFound, FourEyes, MemberIsLeaving, RenewalNotLater, AgeNotForCategory)
@dataclass(frozen=True, slots=True)
class RenewMembership:
    """Renew a membership.

    - Without a day it lasts as long again as its category does, from today or from its last day, whichever is later.
    - Somebody who has outgrown the category is a member of the one that follows from now on; where none does, the desk
      chooses another one first.
    - The annual fee of the category is told to lending with the event, for each year that begins, and charged there.
    - Nobody of the staff renews their own.
    """

    unit_of_work: MembershipWorkFactory
    category_queries: CategoryQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: MembershipRenewal, receipt: Receipt | None = None) -> MemberView:
        """Raise MemberNotFound, FourEyes, MemberIsLeaving, RenewalNotLater or AgeNotForCategory."""
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        categories = (await self.category_queries.newest()).categories
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            expect_four_eyes(member.id, by_member=command.by_member)
            terms = categories[member.grow_up(categories, by=command.by, today=today, now=now)]
            _renew(member, terms, command, today=today, now=now)
            answer = MemberView.of(member, today=today)
            await uow.commit(answer=answer)
        return answer


@refuses(
    MemberNotFound,
    MemberIsLeaving,
    MembershipSuspended,
    OwnRenewalOff,
    NotTimeToRenew,
    AgeNotForCategory,
)
@dataclass(frozen=True, slots=True)
class RenewOwnMembership:
    """Renew one's own membership, where the category says from how many days before its end on (`own_renewal_days`).

    - It lasts as long again as the category does, and costs its annual fee, as at the desk.
    - Who has outgrown the category is a member of the one that follows, whose terms count.
    - What has ended for longer than those days is renewed at the desk, and so is what staff have suspended.
    """

    unit_of_work: MembershipWorkFactory
    category_queries: CategoryQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: MembershipRenewal, receipt: Receipt | None = None) -> MemberView:
        """Raise what is declared."""
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        categories = (await self.category_queries.newest()).categories
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            if member.suspension is not None and member.suspension.holds_on(today):
                raise MembershipSuspended
            terms = categories[member.grow_up(categories, by=command.by, today=today, now=now)]
            terms.expect_own_renewal(member.expires_on, today=today)
            _renew(member, terms, command, today=today, now=now)
            answer = MemberView.of(member, today=today)
            await uow.commit(answer=answer)
        return answer


def _renew(member: Member, terms: CategoryTerms, command: MembershipRenewal, *, today: date, now: datetime) -> None:
    terms.check_age(member.details.date_of_birth, today=today)
    first = max(today, member.expires_on)
    expires_on = command.expires_on or terms.last_day(first=first)
    fees = terms.fees_of_renewal(first=first, last=expires_on)
    member.renew(expires_on, fees=fees, by=command.by, today=today, now=now)
