"""Renew a loan."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from loans_service.application.holds.pass_copy_on import first_for
from loans_service.application.lending.amendments.charge_borrower import charge, charge_late_renewal
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.show_loans import show_loan
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.application.with_override import WithOverride
from loans_service.domain.borrower import GuardianNotFound, MemberNotFound, Standing
from loans_service.domain.fines.fine import FineReason
from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_refusals import ClaimedReturned, LoanLost, LoanNotFound, LoanNotOpen
from loans_service.domain.lending.offline import InvalidOffline, Offline
from loans_service.domain.lending.override import OverrideForbidden
from loans_service.domain.lending.renewal import AGAINST_RENEWAL, RenewalFacts, renew
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.rights import OVERRIDE, RENEW
from loans_service.domain.rules.due_date import InvalidDueDate
from loans_service.domain.rules.policy import Policy
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuse_if_stale, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Renew(WithOverride):
    """Which loan: with `only_of`, only if it is that member's. `by` is the account, `by_member` its member id.

    With `acting_for` the member `only_of` acts for that one, whose loan it is.
    `by_itself`: the loan renews itself. `version` is the one that the caller has read, None if any will do. `offline`:
    a machine has renewed it already. `branch` is where it is renewed, if that is known. `seen`: the copy is there; a
    member cannot say so.
    """

    loan_id: UUID
    only_of: UUID | None = None
    by: str = SYSTEM
    by_member: UUID | None = None
    by_itself: bool = False
    acting_for: UUID | None = None
    version: int | None = None
    offline: Offline | None = None
    branch: str | None = None
    seen: bool = False


@refuses(
    LoanNotFound,
    MemberNotFound,
    GuardianNotFound,
    LoanNotOpen,
    LoanLost,
    ClaimedReturned,
    *AGAINST_RENEWAL,
    OverrideForbidden,
    FourEyes,
    OutOfDate,
    NeighbourUnavailable,
    StaffOnly,
    InvalidOffline,
    InvalidDueDate,
)
@dataclass(frozen=True, slots=True)
class RenewLoan:
    """Renew a loan, for staff or for the borrower.

    - The new period starts from the due date or from now, whichever is later, or always from now if the rule says so;
      it must end later than before.
    - How often a loan may be renewed was settled when it was made; for how long, the policy of today says.
    - Somebody else who waits and whom this copy could serve comes first, unless another copy is to serve them, or it
      cannot be sent to where they fetch it; the rule may be stricter, or milder (`renew_while_held`). A loan that is
      recalled for somebody is not renewed (`loan-recalled`). Lateness beyond the days of grace cannot be renewed away,
      unless the rule forgives it (`forgive_on_renewal`): who overrides that charges for it.
    - What the member owes, has overdue or has lost stops renewals, too, if the policy says so (`renewals_stopped_by`).
    - What the rule charges for borrowing (`rental`) is charged again.
    - The rule may limit how many renewals follow one another while nobody sees the copy (`unseen_renewals`). Staff and
      machines that have it before them send `seen`, and the count begins anew.
    - Every refusal is told, not just the first. Staff may override them by naming their codes and a reason.
    - With `acting_for` a guardian or proxy renews for the member whose loan it is, by the own sign-in; the history says
      who acted.
    - With `offline`, a machine says afterwards that it renewed the loan while it was offline: as of `at`, whatever
      staff could override.
    """

    unit_of_work: LoansWorkFactory
    queries: LoanQueries
    members: MemberDirectory
    clock: Clock

    async def __call__(self, command: Renew, receipt: Receipt | None = None) -> LoanView:
        if command.seen and command.only_of is not None:
            raise StaffOnly("seen")
        if command.acting_for is not None:
            standing = await self.members.standing(MemberKey(command.only_of, acting_for=command.acting_for))
            view = await show_loan(command.loan_id, only_of=standing.member_id, queries=self.queries)
        else:
            view = await show_loan(command.loan_id, only_of=command.only_of, queries=self.queries)
            standing = await self.members.standing(MemberKey(member_id=view.member_id))
        async with self.unit_of_work(receipt, by=command.by) as uow:
            uow.branch, uow.offline = command.branch, command.offline is not None
            await uow.lock(book_id=view.book_id)
            loan = await uow.loans.get(command.loan_id)
            if loan is None:
                raise LoanNotFound
            authorise(RENEW, loan.branch, unless_own=None if command.seen else loan.member_id)
            if command.override is not None:
                authorise(OVERRIDE, loan.branch)
            if command.offline is not None or (command.override is not None and command.by_staff):
                expect_four_eyes(loan.member_id, by_member=command.by_member)
            refuse_if_stale(command.version, loan.version, thing="loan")
            await self._renew(loan, standing, command, uow)
            view = LoanView.of(loan, now=self.clock.now())
            await uow.commit(answer=view)
        return view

    async def _renew(self, loan: Loan, standing: Standing, command: Renew, uow: UnitOfWork) -> None:
        now, offline = self.clock.now(), command.offline
        requested_at = now if offline is None else offline.moment(now=now)
        if command.by_itself:
            requested_at = min(requested_at, loan.due_at)  # a sweep that came too late must not make it late
        rules, somebody_waits = await uow.facts.of_renewal(loan)
        others_wait, without_target = False, False
        if somebody_waits:
            others_wait, without_target = await _who_waits(loan, rules.policy, uow=uow, now=now)
        is_recalled = without_target and await uow.holds.is_recalled(loan.id, besides=loan.member_id, now=now)
        asks_for_debts = bool(rules.policy.renewals_stopped_by)
        facts = RenewalFacts(
            loan,
            standing,
            others_wait,
            without_target,
            rules.calendar,
            requested_at,
            by_itself=command.by_itself,
            offline=offline,
            seen=command.seen,
            recalled=is_recalled,
            borrower=await uow.facts.of_borrower(standing, rules.policy, now=now) if asks_for_debts else None,
        )
        due_at, was_recalled = loan.due_at, loan.recalled_at is not None
        renewal = renew(facts, rules.policy, override=command.override, by_staff=command.by_staff)
        if renewal.rental is not None:
            charge(loan, FineReason.RENTAL, renewal.rental, uow=uow, now=requested_at)
        if renewal.charges_lateness:
            await charge_late_renewal(loan, due_at, recalled=was_recalled, renewed_at=requested_at, uow=uow)
        if somebody_waits and not facts.recalled:
            for recall in await uow.holds.recalls_of(loan.id):
                recall.release_loan()
                uow.retarget_requests.add(recall.book_id, at=now)


async def _who_waits(loan: Loan, policy: Policy, *, uow: UnitOfWork, now: datetime) -> tuple[bool, bool]:
    """Return whether another member waits whom the copy could serve once it is back, and one without a target."""
    copy = loan.copy
    lends = policy.lends(copy.item_type, branch=copy.home_branch, location=copy.location)
    sends = partial(policy.holds.transport.brings, copy.item_type, lent_in=loan.branch, home=copy.home_branch)
    if await first_for(copy, lends, uow=uow, now=now, besides=loan.member_id, sends=sends):
        return True, True
    served = (hold for hold in await uow.holds.served_elsewhere(copy, now=now) if hold.member_id != loan.member_id)
    return any(lends(hold.category, hold.known(now)) and sends(hold.pickup_branch) for hold in served), False
