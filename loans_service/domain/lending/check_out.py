"""May this copy be lent to this borrower, and until when? Every reason against it is collected, not just the first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.domain.borrower import Borrower, MemberLeaving, OpenLoan, Standing
from loans_service.domain.holds.hold_queue import CheckOutHeldByOther, Claim, Claims
from loans_service.domain.lendable_copy import CopyOnLoan, LendableCopy, NotLoanableByPolicy, UnknownBranch
from loans_service.domain.lending.loan import LoanTerms, Override
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar, NoOpenDay
from loans_service.domain.rules.due_date import DueDate, InvalidDueDate, due_date, requested_due_date
from loans_service.domain.rules.policy import LendingRule, Policy
from shared.kernel.errors import LibraryError, NotAllowed, NotFound, Refused


class OverrideForbidden(NotAllowed):
    """The caller may not override refusals, or not these."""

    code = "override-forbidden"


class OverrideWithoutNeed(Refused):
    """An override names codes that nothing raised, so that nobody carries a blanket permission around."""

    code = "override-without-need"

    def __init__(self, codes: Iterable[str]) -> None:
        named = sorted(codes)
        super().__init__(f"Nothing refuses with {', '.join(named)}. Leave that out of the override.", codes=named)


NEVER_OVERRIDDEN = frozenset(
    refusal.code for refusal in (CopyOnLoan, CheckOutHeldByOther, InvalidDueDate, MemberLeaving, UnknownBranch)
)


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """What is known when a copy lies on the desk of `branch`: both answers, and what member and copy already have.

    `open_loans` are those of this member and of this copy, `held` the active holds that bear on this check-out.
    `in_no_branch`: the named branch does not exist, and the copy's own stands in for it.
    """

    copy: LendableCopy
    standing: Standing
    open_loans: tuple[OpenLoan, ...]
    now: datetime
    branch: str
    calendar: Calendar
    owed: Money | None = None
    held: tuple[Claim, ...] = ()
    in_no_branch: bool = False

    @property
    def copy_is_out(self) -> bool:
        """Whether the copy is on loan already."""
        return any(loan.copy_id == self.copy.copy_id for loan in self.open_loans)

    @property
    def claims(self) -> Claims:
        """Who waits for the copy."""
        return Claims(self.copy.copy_id, self.standing.member_id, self.held)

    @property
    def borrower(self) -> Borrower:
        """The member with every loan already open."""
        own = tuple(loan for loan in self.open_loans if loan.member_id == self.standing.member_id)
        return Borrower(self.standing.member_id, own, self.owed)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say: the rule and terms that apply, when the copy would be due, and every refusal.

    `due` is None when no rule gives a due date and none was asked for; `requested` says that one was; `fulfils`
    is the hold that the copy fulfils.
    """

    rule: LendingRule
    terms: LoanTerms
    due: DueDate | None
    refusals: tuple[LibraryError, ...]
    fulfils: UUID | None = None
    requested: bool = False

    @property
    def due_at(self) -> datetime:
        """When the copy would be due. Raises InvalidDueDate when nothing says that."""
        if self.due is None:
            raise InvalidDueDate(None)
        return self.due.due_at

    def refusals_after(self, override: Override | None, *, by_staff: bool) -> tuple[LibraryError, ...]:
        """Return what stands in the way after `override`; a loan that no rule foresees needs one that was asked for.

        Raises what `apply_override` raises, and StaffOnly when a kiosk asks for another due date than the policy's.
        """
        remaining = apply_override(self.refusals, override, by_staff=by_staff)
        if self.requested and not by_staff:
            raise StaffOnly("due_at")
        return (InvalidDueDate(None),) if not remaining and self.due is None else remaining


def decide(desk: AtTheDesk, policy: Policy, *, requested: datetime | None = None) -> Decision:
    """Apply the policy. `requested` is a due date asked for at the desk."""
    copy, standing, now = desk.copy, desk.standing, desk.now
    rule = policy.rule_for(category=standing.category, item_type=copy.item_type, branch=desk.branch)
    lends = policy.lends(copy.item_type, branch=copy.branch)
    refusals: list[LibraryError] = [CopyOnLoan()] if desk.copy_is_out else []
    if desk.claims.is_of_another(lends):
        refusals.append(CheckOutHeldByOther())
    refusals += [*copy.refusals, *standing.refusals]
    if desk.in_no_branch:
        refusals.append(UnknownBranch(field="branch"))
    refusals += desk.borrower.refusals(policy.terms_for(standing.category), item_type=copy.item_type, now=now)
    if not rule.loanable:
        refusals.append(NotLoanableByPolicy(copy.item_type, standing.category, rule.name))
    due: DueDate | None = None
    try:
        if requested is not None:
            due = requested_due_date(requested, now=now)
        elif rule.loanable:
            due = due_date(
                rule,
                now=now,
                calendar=desk.calendar,
                membership_ends=standing.membership_ends,
                others_wait=desk.claims.others_wait(lends),
            )
    except (InvalidDueDate, NoOpenDay) as refusal:
        refusals.append(refusal)
    terms = LoanTerms(rule.name, policy.version, rule.renewals, standing.category)
    return Decision(rule, terms, due, tuple(refusals), desk.claims.fulfilled(lends), requested=requested is not None)


def apply_override(
    refusals: Iterable[LibraryError], override: Override | None, *, by_staff: bool
) -> tuple[LibraryError, ...]:
    """Return the refusals that remain after `override`.

    Raises OverrideForbidden when the caller is not staff or the refusal is one that nobody can override,
    OverrideWithoutNeed when a code refuses nothing.
    """
    remaining = tuple(refusals)
    if override is None:
        return remaining
    if not by_staff:
        raise OverrideForbidden("Only staff may override refusals. Send the request without `override`.")
    final = NEVER_OVERRIDDEN | {refusal.code for refusal in remaining if isinstance(refusal, NotFound)}
    if forbidden := sorted(final.intersection(override.codes)):
        raise OverrideForbidden(f"Nobody can override {', '.join(forbidden)}.", codes=forbidden)
    if unneeded := set(override.codes) - {refusal.code for refusal in remaining}:
        raise OverrideWithoutNeed(unneeded)
    return tuple(refusal for refusal in remaining if refusal.code not in override.codes)
