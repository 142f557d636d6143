"""Erase those whose membership ended long ago."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo

from members_service.application.privacy.begin_erasure import BeginErasure, Leave, StillMember
from members_service.application.privacy.queries import ExpiredMemberships
from members_service.domain.identity.account import LastAdmin
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class EraseExpired:
    """Begin to erase those whose membership ended more than `retention` ago; None: nobody.

    Each is erased when nothing is open any more, as if they had asked for it themselves; whoever was renewed since they
    were looked up stays. So does the last account that administers the library.
    """

    memberships: ExpiredMemberships
    begin_erasure: BeginErasure
    clock: Clock
    zone: tzinfo
    retention: timedelta | None

    async def __call__(self) -> None:
        if self.retention is None:
            return
        day, last = day_in(self.zone, at=self.clock.now()) - self.retention, None
        while found := await self.memberships.before(day, after=last, limit=_AT_ONCE):
            for member_id in found:
                try:
                    await self.begin_erasure(Leave(member_id, if_expired_before=day))
                except (LastAdmin, MemberNotFound, StillMember):
                    continue
            last = found[-1]
