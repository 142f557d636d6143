"""Find the holds of a member that are suspended in one go."""

from dataclasses import dataclass

from loans_service.application.holds.hold_views import ANY_ACTIVE, HoldFilter, HoldView
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import CardReplaced, MemberNotFound
from loans_service.domain.holds.placing import MemberNotNamed
from shared.kernel.errors import NeighbourUnavailable, refuses


@refuses(MemberNotFound, CardReplaced, MemberNotNamed, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class FindActive:
    """Suspend all holds of a member until a moment, or until each is resumed.

    - Each hold is suspended as by a request of its own: one for which a copy is set aside already is refused, and stops
      no other.
    - The newest come first, up to a hundred; `more` says whether there are others.
    - With an Idempotency-Key each hold is suspended once: repeat the request after an interruption.
    """

    queries: HoldQueries
    members: MemberDirectory

    async def __call__(self, member: MemberKey | None, *, limit: int) -> list[HoldView]:
        """Return up to `limit` active holds of the member."""
        if member is None:
            raise MemberNotNamed
        standing = await self.members.standing(member)
        filters = HoldFilter(member_id=standing.member_id, status=ANY_ACTIVE)
        return await self.queries.holds(filters, limit=limit, before=None)
