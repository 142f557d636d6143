"""Find records that are perhaps of one person."""

from dataclasses import dataclass
from datetime import tzinfo

from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.views import DuplicatesView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.membership.membership import day_in
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ListDuplicates:
    """List groups of members who have the same name and one more thing in common.

    That is the date of birth, the e-mail address, a telephone or the address. The order
    of the words of a name does not count, nor do accents and case. Two records may be in several groups. Whom staff
    were shown is a record of the audit trail, as with any list of members.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock
    zone: tzinfo

    async def __call__(
        self, *, limit: int, after: bytes | None, by: str | None = None, more: int = 0
    ) -> list[tuple[bytes, DuplicatesView]]:
        """Return up to `limit` groups behind the one with that key, each with its key, and up to `more` not shown."""
        now = self.clock.now()
        found = await self.members.duplicates(today=day_in(self.zone, at=now), limit=limit + more, after=after)
        listed = [member.member_id for _, group in found[:limit] for member in group.members]
        await record_reading(self.unit_of_work, listed, action=AuditAction.LISTED, by=by, now=now)
        return found
