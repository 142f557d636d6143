"""List what happened to a membership."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.views import HistoryEntryView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ShowHistory:
    """List what happened to a membership, newest first: what, when, who did it and why.

    - Anybody else's membership is as unknown to members as one that never was.
    - Members are told why they were suspended or blocked, and else not what staff wrote; for who of the staff did
      something they read `staff`.
    - A change tells which fields it was about, never what was or is in them.
    - That staff looked is a record of the audit trail.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    clock: Clock

    async def __call__(
        self, member_id: UUID, *, only_of: UUID | None, account: str, limit: int, before: UUID | None
    ) -> list[HistoryEntryView]:
        """Return up to `limit` entries before that one, as `account` may read them. Raises MemberNotFound."""
        member_id = await self.members.stands_for(member_id)
        if only_of not in (None, member_id):
            raise MemberNotFound
        found = await self.members.history(member_id, limit=limit, before=before)
        if only_of is not None:
            return [entry.visible_to_member(account=account) for entry in found]
        await record_reading(self.unit_of_work, [member_id], by=account, now=self.clock.now())
        return found
