"""Find the loans that are renewed in one go."""

from dataclasses import dataclass

from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanFilter, LoanView
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import CardReplaced, MemberNotFound
from loans_service.domain.holds.placing import MemberNotNamed
from loans_service.domain.lending.loan_status import LoanStatus
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses


@refuses(MemberNotFound, CardReplaced, MemberNotNamed, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class FindRenewable:
    """Renew what a member has on loan, each loan as by a request of its own: one that is not renewed stops no other.

    - Those that are due first come first, up to a hundred; `more` says whether there are others.
    - Copies that are lost or claimed returned are not with the member, and so are not renewed.
    - With an Idempotency-Key each loan is renewed once: repeat the request after an interruption, and what was done is
      told again, what was refused is tried again.
    """

    queries: LoanQueries
    clock: Clock

    async def __call__(self, member: MemberKey | None, members: MemberDirectory, *, limit: int) -> list[LoanView]:
        """Return up to `limit` loans of the member, whom `members` knows."""
        if member is None:
            raise MemberNotNamed
        standing = await members.standing(member)
        filters = LoanFilter(now=self.clock.now(), member_id=standing.member_id, status=LoanStatus.OPEN)
        return await self.queries.loans(filters, limit=limit, before=None, order="due_at")
