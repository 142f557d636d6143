"""Recall loans for recalls that no copy can fill."""

from datetime import datetime

from loans_service.domain.holds.allocation import lends_by
from loans_service.domain.lendable_copy import StockOfBook
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.recall import RecallableLoan, Recalls
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import UnitOfWork


async def recall_loans(stock: StockOfBook, policy: Policy, *, uow: UnitOfWork, now: datetime) -> None:
    """Recall a loan for each recall of the book that has neither a target nor a recalled loan yet."""
    book_id, behind = stock.book_id, -1
    waiting = await uow.holds.unserved_recalls(book_id, behind=behind, now=now)
    if not any(not hold.has_target for hold in waiting):
        return
    loans = [found for loan in await uow.loans.not_recalled(book_id) if (found := await _recallable(loan, uow))]
    lendable = {copy.copy_id for copy in stock.copies} if stock.complete else None
    lends, transport = lends_by(policy, now=now), policy.holds.transport
    recalls = Recalls(loans, lendable=lendable, lends=lends, transport=transport, now=now)
    while waiting and recalls.any_left:
        for hold in waiting:
            if not hold.has_target:
                recalls.recall_for(hold)
        behind = waiting[-1].queue_order
        waiting = await uow.holds.unserved_recalls(book_id, behind=behind, now=now)


async def _recallable(loan: Loan, uow: UnitOfWork) -> RecallableLoan | None:
    """Return the loan with the recall terms of today's rule; None if that allows no recall."""
    rules = await uow.rulebook.in_force(branch=loan.branch, timezone=loan.timezone)
    rule = rules.policy.rule_for(
        category=loan.terms.category, item_type=loan.copy.item_type, branch=loan.branch, known=loan.known
    )
    return None if rule.recall is None else RecallableLoan(loan, rule.recall, rules.calendar)
