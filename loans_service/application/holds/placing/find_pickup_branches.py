"""Find where a hold may be fetched."""

from dataclasses import dataclass

from loans_service.application.holds.placing.ask_all import AskAll, NewHold
from loans_service.application.neighbours import Branch, Branches
from loans_service.application.rules.queries import RuleQueries
from loans_service.domain.borrower import CardReplaced, CardStopped, MemberNotFound
from loans_service.domain.holds.placing import MemberNotNamed, against_fetching
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged
from shared.kernel.errors import NeighbourUnavailable, refuses


@refuses(BookNotFound, BookWasMerged, MemberNotFound, CardReplaced, CardStopped, MemberNotNamed, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class FindPickupBranches:
    """Return the branches in which a member may fetch a copy of a book.

    - They are those where the policy takes holds for what there is to lend, from the member's category, and to which it
      sends a copy; none where the library has no copy to lend.
    - Whether this member may place a hold just now is another question: `POST /v1/holds/decision`.
    """

    rules: RuleQueries
    ask_all: AskAll
    branches: Branches

    async def __call__(self, command: NewHold) -> list[Branch]:
        answers = await self.ask_all(command)
        home, types, category = answers.item.branch, answers.item.item_types, answers.standing.category
        policy = (await self.rules.in_force(branch=home)).policy
        if not answers.item.holdable or [*against_fetching(policy, category, types, branch=home)]:
            return []
        return [
            branch
            for branch in await self.branches.branches()
            if not [*against_fetching(policy, category, types, branch=branch.code)]
            and not [*answers.against_sending(policy, to=branch.code)]
        ]
