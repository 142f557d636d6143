"""A missed copy turns up, while somebody else works with its loan."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from loans_service.application.lending.amendments.amend_loan import Amendment, Discovery, FindCopy, Loss
from loans_service.application.lending.amendments.resolve_claim import ClaimOutcome, Resolution, ResolveClaim
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanView
from loans_service.domain.lending.loan_refusals import NothingClaimed
from shared.kernel.errors import OutOfDate
from tests.loans.branch import Branch


class OvertakenViews(LoanQueries):
    """Shows a loan as it is, and then lets somebody else be quicker."""

    def __init__(self, branch: Branch, others: Callable[[], Awaitable[object]]) -> None:
        super().__init__(branch.database, branch.clock)
        self._others = others

    async def loan(self, loan_id: UUID) -> LoanView | None:
        shown = await super().loan(loan_id)
        await self._others()
        return shown


@pytest.fixture
async def claimed(branch: Branch) -> LoanView:
    """A loan whose copy its borrower says was brought back."""
    lent = await branch.check_out()
    return await branch.lending.claim_returned(Amendment(lent.loan_id))


async def test_a_copy_is_not_found_for_whoever_has_seen_the_loan_otherwise(branch: Branch, claimed: LoanView) -> None:
    async def lose() -> None:
        await branch.lending.declare_lost(Loss(claimed.loan_id))

    queries = OvertakenViews(branch, lose)
    find = FindCopy(branch.unit_of_work, queries, branch.clock)

    with pytest.raises(OutOfDate):
        await find(Discovery(claimed.loan_id, version=claimed.version))
    shown = await branch.ports.loans.loan(claimed.loan_id)
    assert shown is not None
    assert "lost" == shown.status


async def test_a_claim_that_somebody_else_has_charged_is_not_found_on_the_shelf(
    branch: Branch, claimed: LoanView
) -> None:
    async def charge() -> None:
        await branch.lending.resolve_claim(Resolution(claimed.loan_id, outcome=ClaimOutcome.CHARGED))

    queries = OvertakenViews(branch, charge)
    resolve = ResolveClaim(branch.unit_of_work, queries, branch.catalogue, branch.clock)

    with pytest.raises(NothingClaimed):
        await resolve(Resolution(claimed.loan_id, outcome=ClaimOutcome.FOUND_ON_SHELF))
