"""Let a borrower keep a copy for longer."""

from uuid import UUID

from loans_service.application.holds.pass_copy_on import first_in_turn
from loans_service.application.lending.show_loans import show_loan
from loans_service.application.lending.views import LoanView, LoanViews
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.application.ports import UnitOfWork
from loans_service.domain.lending.loan_refusals import LoanNotFound
from loans_service.domain.lending.renewal import RenewalFacts, renew
from shared.kernel.clock import Clock


async def renew_loan(
    loan_id: UUID,
    *,
    only_of: UUID | None,
    uow: UnitOfWork,
    views: LoanViews,
    members: MemberDirectory,
    clock: Clock,
    by_itself: bool = False,
) -> LoanView:
    """Renew a loan, for staff or for the borrower.

    - The new period starts from the due date or from now, whichever is later, and must end later than before.
    - How often a loan may be renewed was settled when it was made; for how long, the policy of today says.
    - Somebody waiting whom this copy could serve comes first. Lateness beyond the days of grace cannot be renewed away.
    - Every refusal is told, not just the first.
    """
    shown = await show_loan(loan_id, only_of=only_of, views=views)
    standing = await members.standing(MemberKey(member_id=shown.member_id))
    async with uow:
        await uow.lock(book_id=shown.book_id)
        loan = await uow.loans.get(loan_id)
        if loan is None:
            raise LoanNotFound
        now = clock.now()
        rules = await uow.rulebook.in_force(branch=loan.branch, timezone=loan.timezone)
        _, queue = await uow.holds.for_copy(loan.copy, now=now)
        waits = await first_in_turn(loan.copy, queue, rules.policy, uow=uow, now=now)
        renew(RenewalFacts(loan, standing, waits is not None, rules.calendar, now, by_itself), rules.policy)
        view = LoanView.of(loan)
        await uow.commit(answer=view)
    return view
