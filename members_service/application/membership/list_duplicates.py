"""Find records that are perhaps of one person."""

from dataclasses import dataclass
from datetime import tzinfo

from members_service.application.membership.views import DuplicatesView, MemberViews
from members_service.domain.membership.membership import day_in
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ListDuplicates:
    """List groups of members who have the same name and one more thing in common.

    That is the date of birth, the e-mail address, a telephone or the address. The order
    of the words of a name does not count, nor do accents and case. Two records may be in several groups.
    """

    members: MemberViews
    clock: Clock
    zone: tzinfo

    async def __call__(self, *, limit: int, after: bytes | None) -> list[tuple[bytes, DuplicatesView]]:
        """Return up to `limit` groups behind the one with that key, each with its key."""
        today = day_in(self.zone, at=self.clock.now())
        return await self.members.duplicates(today=today, limit=limit, after=after)
