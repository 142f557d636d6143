"""Read what decides whether a member may borrow more, outside of a transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from loans_service.application.lending.borrower_views import BorrowerAccount
from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.application.rules.queries import RuleQueries
from loans_service.domain.borrower import Borrower, Standing, still
from loans_service.domain.money import Money
from loans_service.domain.rules.category_terms import CategoryTerms
from loans_service.persistence.lending.late_loans import LateLoans

_LIBRARY = ""  # no branch: days are those of the library's zone


@dataclass(frozen=True, slots=True)
class ReadBorrower:
    """Work out what a member owes, what of it is growing, and until when borrowing is suspended."""

    accounts: BorrowerAccountQueries
    rules: RuleQueries
    late_loans: LateLoans

    async def __call__(
        self, standing: Standing, account: BorrowerAccount, terms: CategoryTerms, *, now: datetime
    ) -> Borrower:
        currency = terms.most_owed.currency
        late = await self.late_loans.accruing_of_member(standing.member_id, now=now)
        accruing = sum(fine.amount for fine in late.values() if fine.currency == currency)
        return Borrower(
            standing.member_id,
            account.open_loans,
            Money(account.owed, currency) if account.owed else None,
            Money(accruing, currency) if accruing else None,
            await self._suspended_until(account, now),
            await self._owed_by_wards(standing, terms),
        )

    async def _owed_by_wards(self, standing: Standing, terms: CategoryTerms) -> Money | None:
        """Return what those owe for whom the member pays, if the policy counts that and there are any."""
        if not standing.pays_for or not terms.count_wards:
            return None
        return Money(await self.accounts.owed_by(standing.pays_for), terms.most_owed.currency)

    async def _suspended_until(self, account: BorrowerAccount, now: datetime) -> date | None:
        """Return the last day of a suspension for lateness; None when it is over, by the library's clock."""
        if account.suspended_until is None:
            return None
        today = (await self.rules.in_force(branch=_LIBRARY)).calendar.day_of(now)
        return still(account.suspended_until, today)
