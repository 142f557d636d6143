"""Tell what happened to a membership."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.membership.views import HistoryEntryView, MemberViews
from members_service.domain.unknown_member import MemberNotFound

REFUSALS = (MemberNotFound,)


@dataclass(frozen=True, slots=True)
class ShowHistory:
    """List what happened to a membership, newest first: what, when, who did it and why.

    - Anybody else's membership is as unknown to members as one that never was.
    - Members are told why they were suspended or blocked, and else not what staff wrote; for who of the staff did
      something they read `staff`.
    - A change tells which fields it was about, never what was or is in them.
    """

    members: MemberViews

    async def __call__(
        self, member_id: UUID, *, only_of: UUID | None, account: str, limit: int, before: UUID | None
    ) -> list[HistoryEntryView]:
        """Return up to `limit` entries before that one, as `account` may read them. Raises MemberNotFound."""
        if only_of not in (None, member_id):
            raise MemberNotFound
        found = await self.members.history(member_id, limit=limit, before=before)
        return found if only_of is None else [entry.told_to_the_member(account=account) for entry in found]
