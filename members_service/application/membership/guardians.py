"""Guardians and wards: who stands in for whom, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.views import GuardianView, MemberFilter, MemberView
from members_service.application.membership.work import MembershipWork, MembershipWorkFactory
from members_service.domain.membership.guardian import (
    Guardian,
    GuardianNotFound,
    GuardianReference,
    Permission,
    UnknownGuardian,
)
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses

_AT_ONCE = 500


@refuses(GuardianNotFound)
@dataclass(frozen=True, slots=True)
class ShowGuardian:
    """Tell what one member may do for another one: `see`, `pay`, `collect`, `borrow`, `renew`, `hold`.

    For the services that keep what a guardian may see. Who may nothing, or stands in for nobody any more, is a 404.
    """

    members: MemberQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, member_id: UUID, guardian_id: UUID) -> GuardianView:
        """Return what the guardian may. Raises GuardianNotFound."""
        ward, guardian = [await self.members.stands_for(one) for one in (member_id, guardian_id)]
        today = day_in(self.zone, at=self.clock.now())
        return await self.members.guardian(ward, guardian, today=today)


@dataclass(frozen=True, slots=True)
class ListWards:
    """List those whose guardian the caller is and whom the caller may see, in the order in which they joined.

    Their loans, holds and fines are in the caller's lists of them when asked for with `member_id`.
    """

    members: MemberQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, guardian_id: UUID, *, limit: int, after: UUID | None) -> list[MemberView]:
        """Return up to `limit` of them that joined after that one."""
        today = day_in(self.zone, at=self.clock.now())
        found = await self.members.members(
            MemberFilter(seen_by=guardian_id), today=today, limit=limit, after=None if after is None else (after,)
        )
        return [member.visible_to_member() for member in found]


@dataclass(frozen=True, slots=True)
class EndGuardianships:
    """End the guardianships over children who have come of age, and those whose last day has passed.

    Guardians who were named for an adult stay. The date of birth is unsealed of members with guardians alone. `of_age`
    is in years.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock
    zone: tzinfo
    of_age: int

    async def __call__(self) -> None:
        now, after = self.clock.now(), None
        today = day_in(self.zone, at=now)
        while found := await self.members.wards(limit=_AT_ONCE, after=after):
            for ward in found:
                if len(self._left(ward.guardians, born=ward.born, today=today)) < len(ward.guardians):
                    await self._end(ward.member_id, today=today, now=now)
            after = found[-1].member_id

    async def _end(self, member_id: UUID, *, today: date, now: datetime) -> None:
        async with self.unit_of_work(None) as uow:
            try:
                member = await uow.members.get(member_id)
            except MemberNotFound:
                return
            left = self._left(member.guardians, born=member.details.date_of_birth, today=today)
            member.edit(member.record, guardians=left, now=now)
            await uow.commit()

    def _left(self, guardians: Iterable[Guardian], *, born: date | None, today: date) -> list[Guardian]:
        return [one for one in guardians if not one.is_over(born=born, of_age=self.of_age, today=today)]


async def find_guardians(
    references: Sequence[GuardianReference], *, uow: MembershipWork, today: date
) -> list[Guardian]:
    """Return the guardians, each once with the permissions of all its references, until the first of their last days.

    Raises UnknownGuardian.
    """
    found: dict[object, Guardian] = {}
    for one in references:
        try:
            member_id = await uow.members.id_of(one.who)
        except MemberNotFound as error:
            raise UnknownGuardian from error
        may = {Permission(word) for word in one.may}
        guardian = found.setdefault(member_id, Guardian(member_id=member_id, may=may, since=today, until=one.until))
        guardian.may |= may
        guardian.until = min(filter(None, (guardian.until, one.until)), default=None)
    return list(found.values())
