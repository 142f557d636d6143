"""Lists of members that the desk works off: whose membership ends, who comes of age, who is perhaps on record twice."""

from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.membership.list_duplicates import ListDuplicates
from members_service.application.membership.show_member import ListMembers
from members_service.application.membership.views import MemberFilter, MemberOrder
from members_service.domain.membership.membership import UnknownCategory, birthdays_between, day_in, of_age_on
from members_service.domain.membership.standing import Status
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True, slots=True)
class EndingMembership:
    """A member whose membership ends."""

    member_id: UUID
    number: int
    card_number: str
    name: str
    category: str
    home_branch: str | None
    expires_on: date
    status: Status


@dataclass(frozen=True, slots=True)
class ComingOfAge:
    """A member who comes of age, or has done so a short time ago, and when."""

    member_id: UUID
    number: int
    card_number: str
    name: str
    category: str
    home_branch: str | None
    comes_of_age_on: date
    guardians: int


@dataclass(frozen=True, slots=True)
class PerhapsTheSame:
    """Members who are perhaps one person, and what they have in common beside the name."""

    because: str
    names: tuple[str, ...]
    member_ids: tuple[UUID, ...]


@refuses(UnknownCategory)
@dataclass(frozen=True, slots=True)
class MemberLists:
    """Finds the rows of the working lists: those of `GET /v1/members`, by the same query.

    Whom staff were shown is a record of the audit trail, as with any list of members.
    """

    list_members: ListMembers
    list_duplicates: ListDuplicates
    clock: Clock
    zone: tzinfo
    of_age: int

    async def ending(
        self, criteria: MemberFilter, *, days: int, after: tuple[date, UUID] | None, limit: int, more: int, by: str
    ) -> list[tuple[tuple[date, UUID], EndingMembership]]:
        """Return members whose membership ends within so many days, the first to end first."""
        today = day_in(self.zone, at=self.clock.now())
        wanted = replace(
            criteria,
            expires_from=today,
            expires_before=today + timedelta(days=days + 1),
            sort=MemberOrder.EXPIRES_ON,
        )
        found = await self.list_members(wanted, limit=limit, after=after, by=by, more=more)
        return [((each.expires_on, each.member_id), from_attributes(each, EndingMembership)) for each in found]

    async def coming_of_age(
        self,
        criteria: MemberFilter,
        *,
        days: int,
        days_ago: int,
        after: tuple[UUID] | None,
        limit: int,
        more: int,
        by: str,
    ) -> list[tuple[tuple[UUID], ComingOfAge]]:
        """Return members who come of age within so many days, or did so many days ago at most."""
        today = day_in(self.zone, at=self.clock.now())
        first, last = today - timedelta(days=days_ago), today + timedelta(days=days)
        born = birthdays_between(first, last, of_age=self.of_age)
        found = await self.list_members(replace(criteria, born_on=born), limit=limit, after=after, by=by, more=more)
        return [((each.member_id,), self._of_age(each)) for each in found]

    def _of_age(self, member: Any) -> ComingOfAge:
        return from_attributes(
            member,
            ComingOfAge,
            comes_of_age_on=of_age_on(member.date_of_birth, of_age=self.of_age),
            guardians=len(member.guardians),
        )

    async def duplicates(
        self, *, after: tuple[str] | None, limit: int, more: int, by: str
    ) -> list[tuple[tuple[str], PerhapsTheSame]]:
        """Return groups of members who are perhaps one person."""
        key = bytes.fromhex(after[0]) if after else None
        found = await self.list_duplicates(limit=limit, after=key, by=by, more=more)
        return [
            (
                (place.hex(),),
                PerhapsTheSame(
                    group.because,
                    tuple(each.name for each in group.members),
                    tuple(each.member_id for each in group.members),
                ),
            )
            for place, group in found
        ]
