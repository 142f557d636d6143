"""Show the account of a borrower."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.application.lending.borrower_views import BorrowerView, LimitsView
from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.application.lending.read_borrower import ReadBorrower
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.application.refusal_views import RefusalView
from loans_service.application.rules.queries import RuleQueries
from loans_service.domain.borrower import BorrowerNotFound, MemberNotFound
from loans_service.domain.money import Money
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses

_NONE = ""  # no limit is set for such an item type or branch


@refuses(BorrowerNotFound, MemberNotFound, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ShowBorrower:
    """Say what a member has, what the policy grants, and everything that would stand in the way of one more loan.

    - `refusals` are those that any check-out would meet: members' own, and the limits that every copy counts towards.
      What counts in one branch alone, or depends on the copy, such as a limit of its type, is told by `POST
      /v1/loans/decision`.
    - `may_borrow` is false while there are any. `may_renew` and `may_hold` say what members says; a loan or a title may
      have reasons of its own.
    - `accruing` is what late loans would cost if they came back now; it counts as `owed` where the policy says so, and
      so does what those owe for whom the member pays as a guardian (`count_wards`).
    - `claims` is how often they have claimed to have returned something, in loans that are not anonymous yet.
    - `suspended_until` is the last day on which nothing is lent because something came back late.
    - `sent_to_collection_at` is since when a collection agency has something that is still owed, if it does.
    - Loans that are claimed returned count neither as open nor as overdue, lost ones as open only.
    - The member's category is members' to know: while they do not answer, nothing is shown.
    """

    accounts: BorrowerAccountQueries
    rules: RuleQueries
    read: ReadBorrower
    members: MemberDirectory
    clock: Clock

    async def __call__(self, member_id: UUID, *, only_of: UUID | None) -> BorrowerView:
        if only_of not in (None, member_id):
            raise BorrowerNotFound
        standing = await self.members.standing(MemberKey(member_id=member_id))
        member_id = standing.member_id  # the record that stays, where this one was merged
        account = await self.accounts.of_member(member_id, now=self.clock.now())
        terms = (await self.rules.policy_at(account.policy_version)).terms_for(standing.category)
        now, nothing = self.clock.now(), Money(0, terms.most_owed.currency)
        borrower = await self.read(standing, account, terms, now=now)
        standing = standing.with_erasure_refusal(leaving=account.leaving).in_branch(None)
        found = (*standing.refusals, *borrower.refusals(terms, item_type=_NONE, branch=_NONE, now=now))
        return BorrowerView(
            member_id=member_id,
            may_borrow=not found,
            may_renew=not standing.against_renewal,
            may_hold=not standing.against_hold,
            open_loans=len(account.open_loans),
            overdue=borrower.overdue(now),
            holds=account.holds,
            owed=(borrower.owed or nothing).figures(),
            sent_to_collection_at=account.sent_to_collection_at,
            accruing=(borrower.accruing or nothing).figures(),
            suspended_until=borrower.suspended_until,
            credit=Money(account.credit, nothing.currency).figures(),
            claims=account.claims,
            limits=LimitsView.of(terms),
            refusals=[RefusalView.of(each) for each in found],
        )
