"""May this copy be lent to this borrower, and until when? Every reason against it is collected, not just the first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from loans_service.domain.borrower import (
    LIMIT_REFUSALS,
    MEMBERS_REFUSALS,
    Borrower,
    MayNotActFor,
    OpenLoan,
    Standing,
    still,
)
from loans_service.domain.fines.fine import FineReason
from loans_service.domain.four_eyes import FourEyes
from loans_service.domain.holds.hold_queue import CheckOutHeldByOther
from loans_service.domain.lendable_copy import (
    CopyNotLendable,
    CopyOnLoan,
    LendableCopy,
    NotLoanableByPolicy,
    UnknownBranch,
)
from loans_service.domain.lending.desk_note import DeskNote, NotesNotConfirmed
from loans_service.domain.lending.loan_terms import LoanTerms, Override
from loans_service.domain.lending.override import apply_override, that_counted
from loans_service.domain.lending.staff_only import StaffOnly
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar, NoOpenDay
from loans_service.domain.rules.conditions import Particulars
from loans_service.domain.rules.due_date import DueDate, InvalidDueDate, due_date, requested_due_date
from loans_service.domain.rules.policy import LendingRule, Policy
from shared.kernel.errors import LibraryError, NotAllowed


class SelfCheckOutOff(NotAllowed):
    """The rule does not let members lend themselves such copies."""

    code = "self-check-out-off"
    detail = "The library does not let readers lend themselves such a copy. Take it to the desk, or to a machine."


AGAINST_CHECK_OUT: tuple[type[LibraryError], ...] = (
    CopyOnLoan,
    CheckOutHeldByOther,
    CopyNotLendable,
    *MEMBERS_REFUSALS.values(),
    MayNotActFor,
    *LIMIT_REFUSALS,
    NotesNotConfirmed,
    NotLoanableByPolicy,
    InvalidDueDate,
    NoOpenDay,
    UnknownBranch,
)
"""The refusals that a check-out can meet."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What books and members answered. `in_no_branch`: the branch named in the request does not exist."""

    copy: LendableCopy
    standing: Standing
    in_no_branch: bool = False

    @property
    def branch(self) -> str:
        """The branch of the loan, as the library writes its code, so that lists find it; by default the copy's own."""
        return self.copy.desk or self.copy.branch

    @property
    def known(self) -> Particulars:
        """What rules may ask besides item type, branch and category."""
        return Particulars(self.copy.location, self.standing.home_branch, self.standing.age)

    @property
    def notes(self) -> tuple[DeskNote, ...]:
        """What staff of the branch are told of the copy and of the member."""
        of_copy = DeskNote.of_copy(self.copy.staff_note)
        return (*of_copy, *DeskNote.of_member(self.standing.notes, branch=self.branch))


@dataclass(frozen=True, slots=True)
class NotAllFound:
    """The copy or the member was not found, as `reasons` say. What was found is judged all the same."""

    reasons: tuple[LibraryError, ...]
    copy: LendableCopy | None
    standing: Standing | None
    in_no_branch: bool = False

    def refusals(self, *, copy_is_out: bool) -> tuple[LibraryError, ...]:
        """Return every reason against the check-out."""
        found = list(self.reasons)
        if self.copy is not None:
            found += [*([CopyOnLoan()] if copy_is_out else ()), *self.copy.refusals]
            found += [UnknownBranch(field="branch")] if self.in_no_branch else ()
        if self.standing is not None:
            found += self.standing.in_branch(None).refusals
        return tuple(found)


@dataclass(frozen=True, slots=True)
class ServedHold:
    """The hold that the copy at the desk is meant for, and its member. Unless `captured`, it was only to be pulled."""

    hold_id: UUID
    member_id: UUID
    captured: bool


@dataclass(frozen=True, slots=True)
class CheckOutFacts:
    """The stored facts that decide a check-out, read under the locks of borrower and book.

    `open_loans` are those of the borrower, without claimed returns, and that of the copy. `serves` is the hold that the
    copy is meant for, `own_hold` the borrower's hold that it could fill. `others_wait` is how many holds of other
    members wait for such a copy and have no target yet, counted up to MOST_WAITING. `scanned_at` is when the copy was
    last returned at a desk. `accruing` is what the late loans of the borrower would cost by now, known only if the
    terms count it, and so is `owed_by_wards`, for whom the borrower pays; `suspended_until` the last day of their
    suspension for lateness, which may be over; `next_number` the number of the loan.
    """

    policy: Policy
    calendar: Calendar
    now: datetime
    open_loans: tuple[OpenLoan, ...] = ()
    owed: Money | None = None
    serves: ServedHold | None = None
    own_hold: UUID | None = None
    others_wait: int = 0
    scanned_at: datetime | None = None
    accruing: Money | None = None
    suspended_until: date | None = None
    next_number: int | None = None
    owed_by_wards: Money | None = None


@dataclass(frozen=True, slots=True)
class CheckOutAssessment:
    """The result of applying the rules: the rule and terms that apply, the due date, and the refusals.

    `due` is None if no rule gives a due date and none was requested. `passed_over` are the other rules that match, the
    most specific first. `override` has the codes that were needed. `fulfils` is the hold that the loan fulfils,
    `spoils` another member's hold that loses the copy as its target. `charges` is what the check-out costs, `confirmed`
    what staff have confirmed of what is noted of the copy.
    """

    rule: LendingRule
    terms: LoanTerms
    due: DueDate | None
    refusals: tuple[LibraryError, ...]
    passed_over: tuple[LendingRule, ...] = ()
    override: Override | None = None
    fulfils: UUID | None = None
    spoils: UUID | None = None
    charges: tuple[tuple[FineReason, Money], ...] = ()
    confirmed: tuple[str, ...] = ()

    @property
    def takes_deposit(self) -> bool:
        """Whether a deposit is charged until the copy is back."""
        return any(reason is FineReason.DEPOSIT for reason, _ in self.charges)

    @property
    def due_at(self) -> datetime:
        """When the copy is due. Raises InvalidDueDate if there is no due date."""
        if self.due is None:
            raise InvalidDueDate(None)
        return self.due.due_at


@dataclass(frozen=True, slots=True)
class Terms:
    """What the desk requests beyond the rules: its own due date, refusals to override, and whether staff ask.

    `by_self`: the member asks, who has signed in.

    `by_member` is the member id of the person who asks, because staff may do neither for themselves. `notes_confirmed`:
    they have confirmed what is noted of the copy.
    """

    due_at: datetime | None = None
    override: Override | None = None
    by_staff: bool = False
    by_member: UUID | None = None
    notes_confirmed: bool = False
    by_self: bool = False

    @property
    def is_by_hand(self) -> bool:
        """Whether anything is requested that the rules do not give."""
        return self.due_at is not None or self.override is not None

    @property
    def may_confirm(self) -> bool:
        """Whether whoever asks is told what is noted of the copy, and can still look at it."""
        return self.by_staff

    @property
    def until(self) -> datetime | None:
        """The requested due date, None if the rules decide."""
        return self.due_at

    def weigh(self, found: list[LibraryError]) -> tuple[list[LibraryError], Override | None]:
        """Return the refusals that count, and the override reduced to the codes that were needed."""
        return found, that_counted(self.override, found)

    def due_without_rule(self, facts: CheckOutFacts) -> DueDate | None:  # noqa: ARG002 - only offline terms use it
        """Return the due date of a copy that no rule lends, None if it may not be lent."""
        return None


def assess(answered: Answered, facts: CheckOutFacts, terms: Terms) -> CheckOutAssessment:
    """Apply the policy in force. What the caller may not request, such as an override at a kiosk, is a refusal, too."""
    copy, standing, policy = answered.copy, answered.standing.in_branch(answered.branch), facts.policy
    rule, *others = policy.rules_for(
        category=standing.category, item_type=copy.item_type, branch=answered.branch, known=answered.known
    )
    found = [*_against_the_copy(answered, facts), *standing.refusals, *_against_who_acts(standing, facts)]
    if answered.in_no_branch:
        found.append(UnknownBranch(field="branch"))
    own = tuple(loan for loan in facts.open_loans if loan.member_id == standing.member_id)
    suspended_until = still(facts.suspended_until, facts.calendar.day_of(facts.now))
    borrower = Borrower(standing.member_id, own, facts.owed, facts.accruing, suspended_until, facts.owed_by_wards)
    found += borrower.refusals(
        policy.terms_for(standing.category), item_type=copy.item_type, branch=answered.branch, now=facts.now
    )
    to_confirm = _to_confirm(rule, copy, terms)
    if to_confirm and not terms.notes_confirmed:
        found.append(NotesNotConfirmed(to_confirm))
    if not rule.loanable:
        found.append(NotLoanableByPolicy(copy.item_type, standing.category, rule.name, ages=rule.age))
    due: DueDate | None = None
    try:
        due = _due(answered, facts, terms, rule)
    except (InvalidDueDate, NoOpenDay) as refusal:
        found.append(refusal)
    found, override = terms.weigh(found)
    due = due or terms.due_without_rule(facts)
    serves = facts.serves
    return CheckOutAssessment(
        rule,
        LoanTerms(rule.name, policy.version, rule.renewals, standing.category, rule.reminders, standing.age_band),
        due,
        _remaining(found, terms, due, rule, answered=answered),
        passed_over=tuple(others),
        override=override,
        fulfils=serves.hold_id if serves and serves.member_id == standing.member_id else facts.own_hold,
        spoils=serves.hold_id if serves and serves.member_id != standing.member_id else None,
        charges=tuple(_charges(rule, due, facts)),
        confirmed=to_confirm,
    )


def _to_confirm(rule: LendingRule, copy: LendableCopy, terms: Terms) -> tuple[str, ...]:
    """Return what staff are to confirm of what is noted of the copy; a machine is not told it."""
    asked = rule.confirm_notes and terms.may_confirm
    return (copy.staff_note,) if asked and copy.staff_note is not None else ()


def _charges(rule: LendingRule, due: DueDate | None, facts: CheckOutFacts) -> Iterator[tuple[FineReason, Money]]:
    """Yield what the check-out costs by the rule, and for what."""
    rental = None if rule.rental is None or due is None else rule.rental.cost(facts.now, due.due_at, facts.calendar)
    if rental is not None:
        yield FineReason.RENTAL, rental
    if rule.deposit is not None and rule.deposit.amount > 0:
        yield FineReason.DEPOSIT, rule.deposit


def _against_the_copy(answered: Answered, facts: CheckOutFacts) -> list[LibraryError]:
    found: list[LibraryError] = []
    if any(loan.copy_id == answered.copy.copy_id for loan in facts.open_loans):
        found.append(CopyOnLoan())
    if facts.serves is not None and facts.serves.member_id != answered.standing.member_id:
        found.append(CheckOutHeldByOther(captured=facts.serves.captured))
    return [*found, *answered.copy.refusals_after(facts.scanned_at)]


def _against_who_acts(standing: Standing, facts: CheckOutFacts) -> tuple[LibraryError, ...]:
    """Return why the member, or somebody for the member, may not collect what is ready, or not borrow for them."""
    serves = facts.serves
    is_ready = serves is not None and serves.captured and serves.member_id == standing.member_id
    found = standing.against_collecting if is_ready else ()
    if standing.acted_by is None:
        return found
    return (*found, *standing.acted_by.against(*("borrow", "collect") if is_ready else ("borrow",)))


def _due(answered: Answered, facts: CheckOutFacts, terms: Terms, rule: LendingRule) -> DueDate | None:
    if terms.until is not None:
        return requested_due_date(terms.until, now=facts.now)
    if not rule.loanable:
        return None
    return due_date(
        rule,
        now=facts.now,
        calendar=facts.calendar,
        membership_ends=answered.standing.membership_ends,
        others_wait=facts.others_wait,
    )


def _remaining(
    found: list[LibraryError], terms: Terms, due: DueDate | None, rule: LendingRule, *, answered: Answered
) -> tuple[LibraryError, ...]:
    """Return the refusals left after the override; a loan that no rule allows needs a requested due date.

    Readers do not say where they lend themselves a copy, or they would choose whose rules and blocks are for them.
    """
    if terms.by_self and answered.branch != answered.copy.branch:
        return (StaffOnly("branch"),)
    if terms.by_self and not rule.self_check_out:
        return (SelfCheckOutOff(),)
    try:
        remaining = apply_override(found, terms.override, by_staff=terms.by_staff)
    except NotAllowed as forbidden:
        return (forbidden,)
    if terms.due_at is not None and not terms.by_staff:
        return (StaffOnly("due_at"),)
    if terms.is_by_hand and terms.by_member == answered.standing.member_id:
        return (FourEyes(),)
    return (InvalidDueDate(None),) if not remaining and due is None else remaining
