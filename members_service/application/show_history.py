"""Tell what happened to a membership."""

from uuid import UUID

from members_service.application.record_views import HappeningView
from members_service.application.views import MemberViews
from members_service.domain.member import MemberNotFound

REFUSALS = (MemberNotFound,)


async def show_history(
    member_id: UUID, *, only_of: UUID | None, limit: int, before: UUID | None, members: MemberViews
) -> list[HappeningView]:
    """List what happened to a membership, newest first: what, when, who did it and why.

    - With `only_of`, anybody else is as unknown as somebody who never joined.
    - A change tells which fields it was about, never what was or is in them.
    """
    if only_of not in (None, member_id):
        raise MemberNotFound
    return await members.history(member_id, limit=limit, before=before)
