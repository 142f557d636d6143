"""Lend a copy to a member."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from loans_service.application.ports import Catalogue, CopyKey, Loans, MemberDirectory, MemberKey, UnitOfWork
from loans_service.application.views import LoanView
from loans_service.domain.borrower import Standing
from loans_service.domain.calendar import Calendar
from loans_service.domain.check_out import AtTheDesk, Decision, decide
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.lendable_copy import CopyOnLoan, LendableCopy
from loans_service.domain.loan import Loan, Override
from loans_service.domain.policy import Policy
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NotFound, refuse_if_any
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class CheckOutCopy:
    """A wish at the desk. `branch` is where it is spoken (default: the copy's own), `due_at` a wished due date.

    `set_aside` names the codes of refusals that shall not count, `because` of something; for staff only (`by_staff`).
    """

    copy: CopyKey
    member: MemberKey
    branch: str | None = None
    due_at: datetime | None = None
    set_aside: tuple[str, ...] = ()
    because: str = ""
    by_staff: bool = False

    @property
    def override(self) -> Override | None:
        """What is to be set aside, if anything."""
        return Override(self.set_aside, self.because) if self.set_aside else None


async def check_out_copy(
    wish: CheckOutCopy,
    *,
    uow: UnitOfWork,
    catalogue: Catalogue,
    members: MemberDirectory,
    policy: Policy,
    clock: Clock,
    zone: ZoneInfo,
) -> LoanView:
    """Check a copy out to a member.

    - Books says whether the copy may be lent, members whether the member may borrow; both are asked at once, before
      anything is changed. When one of them does not answer, nothing happens.
    - Borrowers are served one after the other, and a copy is never on loan twice, however many desks try.
    - Every refusal is told, not just the first.
    - Staff may set refusals aside by naming their codes and a reason; never that the copy is on loan.
    """
    copy, standing, unknown = await _ask_both(wish, catalogue, members)
    async with uow:
        if copy is None or standing is None:
            refuse_if_any([*unknown, *await _what_else(copy, standing, uow.loans)])
            raise AssertionError("an unknown copy or member is itself a refusal")
        await uow.lock_out_others(member_id=standing.member_id, copy_id=copy.copy_id)
        open_loans = await uow.loans.open_loans(member_id=standing.member_id, copy_id=copy.copy_id)
        # The time counts from when it is our turn: later than whatever was done to this copy while we waited.
        desk = AtTheDesk(copy, standing, open_loans, clock.now(), wish.branch or copy.branch, Calendar(zone))
        decision = decide(desk, policy, wish=wish.due_at)
        refuse_if_any(decision.refusals_after(wish.override, by_staff=wish.by_staff))
        loan = _lend(wish, desk, decision)
        uow.loans.add(loan)
        view = LoanView.of(loan)
        await uow.commit(answer=view)
    return view


async def _ask_both(
    wish: CheckOutCopy, catalogue: Catalogue, members: MemberDirectory
) -> tuple[LendableCopy | None, Standing | None, list[LibraryError]]:
    copy, standing = await asyncio.gather(
        catalogue.lendable_copy(wish.copy), members.standing(wish.member), return_exceptions=True
    )
    for answer in (copy, standing):
        if isinstance(answer, BaseException) and not isinstance(answer, NotFound):
            raise answer
    unknown: list[LibraryError] = [answer for answer in (copy, standing) if isinstance(answer, NotFound)]
    return (
        None if isinstance(copy, BaseException) else copy,
        None if isinstance(standing, BaseException) else standing,
        unknown,
    )


async def _what_else(copy: LendableCopy | None, standing: Standing | None, loans: Loans) -> list[LibraryError]:
    """Return what can be said against a check-out of which one half is unknown."""
    found: list[LibraryError] = []
    if copy is not None:
        if await loans.open_loans(copy_id=copy.copy_id):
            found.append(CopyOnLoan())
        found += copy.refusals
    if standing is not None:
        found += standing.refusals
    return found


def _lend(wish: CheckOutCopy, desk: AtTheDesk, decision: Decision) -> Loan:
    copy = desk.copy
    return Loan.check_out(
        id=new_id(),
        copy=CirculatingCopy(copy.copy_id, copy.book_id, copy.barcode, copy.title, copy.branch, copy.item_type),
        member_id=desk.standing.member_id,
        branch=desk.branch,
        now=desk.now,
        due_at=decision.due_at,
        terms=decision.terms,
        override=wish.override,
    )
