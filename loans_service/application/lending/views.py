"""Views of lending."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from loans_service.application.fines.fine_views import FineView
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.refusal_views import RefusalView
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.lending.desk_note import DeskNote
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.money import Money
from loans_service.domain.rules.policy import LendingRule
from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The rule under which a loan was made."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class LoanView:
    """A loan. `overridden` are the codes of the refusals that staff overrode for it; `version` counts its changes.

    `number` is short, for people to say.
    `offline`: a machine lent, renewed or took it back while it was offline, which the library could not refuse.
    `accruing` is the fine that would be charged if the copy came back now; null if none, or if the loan is not late.
    """

    loan_id: UUID
    number: int
    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    item_type: str
    member_id: UUID
    branch: str
    checked_out_at: datetime
    due_at: datetime
    returned_at: datetime | None
    next: NextStop | None
    renewals: int
    renewals_left: int
    status: LoanStatus
    overdue: bool
    policy: PolicyView
    overridden: list[str]
    offline: bool
    version: int
    accruing: Money | None

    @property
    def mark(self) -> str:
        """What the ETag adds to the version: whether the loan is overdue by now, and what that costs."""
        if not self.overdue:
            return ""
        return "o" if self.accruing is None else f"o{self.accruing.amount}"

    @classmethod
    def of(cls, loan: Loan, *, now: datetime) -> Self:
        """Show `loan` as it stands at `now`."""
        return from_attributes(
            loan,
            cls,
            loan_id=loan.id,
            copy_id=loan.copy.copy_id,
            book_id=loan.copy.book_id,
            title=loan.copy.title,
            barcode=loan.copy.barcode,
            item_type=loan.copy.item_type,
            returned_at=loan.returned_at if loan.settled_at is None else None,
            next=loan.next_stop,
            renewals_left=max(0, loan.terms.renewals_allowed - loan.renewals),
            overdue=loan.status is LoanStatus.OPEN and loan.due_at < now,
            policy=PolicyView(loan.terms.rule, loan.terms.policy_version),
            overridden=list(loan.override_codes),
            accruing=None,
        )


@dataclass(frozen=True, slots=True)
class CheckOutView(LoanView):
    """The loan that was made, and what staff at the desk are told with it.

    `ended_loan_id` is the loan of another member that ended because the copy was lent; null if there was none.
    """

    notes: tuple[DeskNote, ...] = ()
    ended_loan_id: UUID | None = None

    @classmethod
    def with_notes(cls, loan: LoanView, notes: tuple[DeskNote, ...], ended: Loan | None = None) -> Self:
        """Show the loan with these notes, and which one ended for it."""
        return from_attributes(loan, cls, notes=notes, ended_loan_id=None if ended is None else ended.id)


@dataclass(frozen=True, slots=True)
class ReturnView:
    """The loan that a scan closed, where the copy goes from here, the hold that it is for and the fine, if any.

    `suspended_until` is the last day on which its borrower may borrow nothing because this copy came back late.
    `copy_status` is what books says of the copy, and `notice` a word on it; null for one that is simply in service.
    `notes` are what staff are told of the copy.
    `hold_refusals` are what keeps the member of the hold from borrowing; null if nobody asked.
    """

    loan: LoanView | None
    next: NextStop
    hold: HoldView | None
    fine: FineView | None
    suspended_until: date | None
    copy_status: str | None
    notice: str | None
    notes: tuple[DeskNote, ...] = ()
    hold_refusals: list[RefusalView] | None = None


@dataclass(frozen=True, slots=True)
class LoanOnList:
    """A loan in a working list. `days_late` counts whole days since it was due."""

    loan_id: UUID
    number: int
    barcode: str
    title: str
    copy_id: UUID
    book_id: UUID
    item_type: str
    branch: str
    member_id: UUID
    category: str
    checked_out_at: datetime
    due_at: datetime
    claimed_at: datetime | None
    days_late: int


@dataclass(frozen=True, slots=True)
class LoanFilter:
    """Which loans to list; None does not restrict. `overdue` compares the due date with `now`.

    Due dates are those from `due_from` to `due_until`, but `not_due_at`.
    """

    now: datetime
    member_id: UUID | None = None
    copy_id: UUID | None = None
    book_id: UUID | None = None
    branch: str | None = None
    status: str | None = None
    overdue: bool | None = None
    offline: bool | None = None
    number: int | None = None
    item_type: str | None = None
    category: str | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None
    not_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that happened to a loan: what, when, who did it and why, and by which rule if one decided.

    `by` is an account, `borrower` for the member, `guardian` for who acts for the member by the own sign-in, or
    `system`. `acted_by` is the member who acted, by the own card as well. Borrowers read `staff` instead of an account,
    and then no `why`. `due_at` is the due date from then on; `overridden` are the codes of refusals that staff
    overrode. `branch` is where it was done; null if that was not said, as for what comes due by itself.
    `confirmed` is what staff have confirmed of what is noted of the copy; borrowers read null.
    """

    at: datetime
    what: str
    by: str
    why: str
    rule: str | None
    policy_version: int | None
    due_at: datetime
    overridden: list[str]
    acted_by: UUID | None = None
    branch: str | None = None
    confirmed: list[str] | None = None


@dataclass(frozen=True, slots=True)
class MatchedBy:
    """What the rule names; null where it means any. `age` is in full years, `from` and `to` included."""

    category: str | None
    item_type: str | None
    branch: str | None
    location: str | None = None
    home_branch: str | None = None
    age: dict[str, int | None] | None = None


@dataclass(frozen=True, slots=True)
class RuleMatched:
    """A rule that matches, and by what."""

    name: str
    matched: MatchedBy

    @classmethod
    def of(cls, rule: LendingRule) -> Self:
        """Show `rule`."""
        age = None if rule.age is None else rule.age.figures()
        matched = MatchedBy(rule.category, rule.item_type, rule.branch, rule.location, rule.home_branch, age)
        return cls(rule.name, matched)


@dataclass(frozen=True, slots=True)
class PolicyMatched(RuleMatched):
    """The rule that counts. `passed_over` match, too: the one that would come next first."""

    version: int
    passed_over: list[RuleMatched]


@dataclass(frozen=True, slots=True)
class DueStepView:
    """A step on the way to the due date: where it led, and why."""

    step: str
    due_at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class ChargeView:
    """What a check-out costs: its `rental`, or a `deposit`, which comes back with the copy."""

    reason: str
    amount: Money


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a check-out would come to, and the notes that staff would be told."""

    allowed: bool
    refusals: list[RefusalView]
    policy: PolicyMatched | None
    due_at: datetime | None
    steps: list[DueStepView]
    charges: list[ChargeView]
    notes: tuple[DeskNote, ...] = ()


@dataclass(frozen=True, slots=True)
class MovedView:
    """A loan or hold that a closing lets end later."""

    id: UUID
    ended_at: datetime
    moved_to: datetime


@dataclass(frozen=True, slots=True)
class ClosingView:
    """What closing a branch from `first` to `last` moved, or would: how many, and some of each."""

    branch: str
    calendar_version: int
    preview: bool
    first: date
    last: date
    name: str
    loans_moved: int
    loans: list[MovedView]
    holds_moved: int
    holds: list[MovedView]


TITLE_IN_ORDER = 150
"""How many characters of a title count for ordering loans: a cursor has room for no more."""

LoanOrder = Literal["-checked_out_at", "checked_out_at", "-due_at", "due_at", "title"]
"""The orders of lists of loans; with `-` descending. Equal values are in the order of the ids."""


@dataclass(frozen=True, slots=True)
class DueItem:
    """An open loan that is due at a moment, or a hold whose pickup deadline that is.

    `rule` and `policy_version` are those of a loan, which was renewed so often.
    """

    id: UUID
    book_id: UUID
    at: datetime
    rule: str | None = None
    policy_version: int | None = None
    renewals: int = 0
