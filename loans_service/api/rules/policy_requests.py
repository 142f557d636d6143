"""The forms of a policy, the same when sent, stored and shown."""

from typing import Annotated

from pydantic import Field

from loans_service.api.rules.hold_terms_requests import HoldTermsRequest
from loans_service.api.rules.policy_values import ANY, Amount, Count, Days, Name, Word
from loans_service.api.shapes import Day
from loans_service.domain.rules.category_terms import Arrears
from loans_service.domain.rules.charge_kinds import CHARGE_KINDS
from loans_service.domain.rules.conditions import OLDEST
from loans_service.domain.rules.due_terms import MOST_WAITING, HoursEnd, RenewFrom, WhenClosed
from loans_service.domain.rules.overdue_rate import FineUnit
from loans_service.domain.rules.policy import OPEN_DAYS_TO_PULL, AfterReturn, LendingRule, RenewWhileHeld, Unit
from loans_service.domain.rules.reminders import MOMENT, MOST_REMINDERS
from loans_service.domain.rules.rental import RentalUnit
from loans_service.domain.rules.suspension import LONGEST_SUSPENSION
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, line

_RULE = LendingRule(name="whatever is left out")
"""The defaults of a rule."""


class PeriodRequest(StrictJsonBody):
    """A length of time; at most ten years."""

    amount: Annotated[int, Field(ge=1, le=87_600)]
    unit: Unit


Every = Annotated[int, Field(ge=1, le=366, description="so many hours, days or weeks cost `per_day` together")]


class RecallFineRequest(StrictJsonBody):
    """What lateness costs instead once a recall has shortened the loan."""

    per_day: Amount = Field(description="for each hour, day or week, or so many of them, as `per` and `every` say")
    most: Amount
    grace_days: Days = 0
    per: FineUnit = FineUnit.DAY
    every: Every = 1


class FineRequest(StrictJsonBody):
    """What lateness costs: nothing for up to `grace_days` open days, then `per_day` from the first, up to `most`."""

    per_day: Amount = Field(description="for each hour, day or week, or so many of them, as `per` and `every` say")
    most: Amount
    grace_days: Days
    per: FineUnit = Field(FineUnit.DAY, description="each hour, day or week that has begun counts")
    every: Every = 1
    count_closed: bool = Field(default=False, description="time in which the branch is closed counts, too")
    after_recall: RecallFineRequest | None = Field(None, description="null: a recalled loan costs the same")
    forgive_on_renewal: bool = Field(
        default=False, description="a late loan may be renewed, and then its lateness costs nothing"
    )


class RecallRequest(StrictJsonBody):
    """How a recall shortens a loan: to the later of the two, never to a day later than before."""

    minimum_days: Annotated[int, Field(ge=0, le=3_650, description="kept after the check-out at least")]
    due_in_days: Annotated[int, Field(ge=1, le=366, description="in open days after the recall")]


class DueRangeRequest(StrictJsonBody):
    """Loans and renewals made in a part of the year, the first and the last day included, and when they are due."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    due: Day = Field(description="no such loan ends later")
    exact: bool = Field(default=False, description="true: each ends on that day, whatever the period says")


class SuspensionRequest(StrictJsonBody):
    """For how long a copy that comes back late suspends borrowing."""

    days_per_day: Annotated[int, Field(ge=1, le=LONGEST_SUSPENSION, description="for each open day late")]
    most: Annotated[int, Field(ge=1, le=LONGEST_SUSPENSION)] | None = Field(None, description="days for one copy")
    grace_days: Days = Field(0, description="open days late that suspend nothing")
    adds_up: bool = Field(
        default=False,
        description="it begins when the suspensions so far end; otherwise at once, and the later end counts",
    )


class LostOfRuleRequest(StrictJsonBody):
    """What a rule says otherwise of lost copies; null is what the table says."""

    after_days_overdue: Annotated[int, Field(ge=1, le=36_500)] | None = None
    default_price: Amount | None = None
    processing: Amount | None = None
    refund_within_days: Days | None = None
    refund_processing: bool | None = None
    bill_after_days: Days | None = None


class RentalRequest(StrictJsonBody):
    """What borrowing costs, late or not."""

    amount: Amount
    per: RentalUnit = Field(RentalUnit.LOAN, description="each loan and renewal, or each day of it")


class ReminderRequest(StrictJsonBody):
    """A reminder, and what it costs."""

    at: Annotated[
        str,
        Field(pattern=MOMENT, description="days or hours after the due date, or before it: `-3d`, `0d`, `7d`, `2h`"),
    ]
    fee: Amount | None = Field(None, description="charged as `reminder` when it is sent; none before the due date")


Age = Annotated[int, Field(ge=0, le=OLDEST)]


class AgeRequest(StrictJsonBody):
    """Ages in full years, both ends included."""

    youngest: Age | None = Field(None, alias="from", description="null: from birth")
    oldest: Age | None = Field(None, alias="to", description="null: without an end")


class RuleRequest(StrictJsonBody):
    """One rule. Of those that match the most specific wins.

    Item type counts before age, then location, branch, home branch and category.
    """

    name: Name
    category: Word | None = Field(None, description=ANY)
    item_type: Word | None = Field(None, description=ANY)
    branch: Word | None = Field(None, description=ANY)
    location: Word | None = Field(None, description="of the copy; " + ANY)
    home_branch: Word | None = Field(None, description="of the member; " + ANY)
    age: AgeRequest | None = Field(
        None, description="of the member; who has no date of birth on record has none of them. " + ANY
    )
    loanable: bool = _RULE.loanable
    period: PeriodRequest | None = Field(None, description="null only where nothing is lent")
    period_when_others_wait: PeriodRequest | None = Field(
        None, description="instead, while somebody waits for the copy"
    )
    others_wait_from: Annotated[int, Field(ge=1, le=MOST_WAITING)] = Field(
        _RULE.others_wait_from, description="not before so many wait who have no other copy"
    )
    fixed_due_date: Day | None = Field(None, description="no loan ends later, until this day has passed")
    due_schedule: list[DueRangeRequest] = Field(
        default_factory=list, max_length=100, description="such days for parts of the year, as terms have them"
    )
    renewal_period: PeriodRequest | None = Field(None, description="null: a renewal lasts for the period")
    renew_from: RenewFrom = Field(_RULE.renew_from, description="what a renewal is counted from, if that is not late")
    when_closed: WhenClosed = Field(
        _RULE.when_closed, description="where a due date on a closed day goes; a ceiling is not passed"
    )
    hours_end: HoursEnd | None = Field(
        None,
        description="where an hour loan ends that would end while the desk is closed. null: at the next opening; with "
        "`previous` at the closing before, with `keep` when its hours are over",
    )
    renewals: Count = _RULE.renewals
    unseen_renewals: Count | None = Field(
        None, description="so many may follow one another while nobody sees the copy; null: as many as `renewals`"
    )
    holds_allowed: bool = _RULE.holds_allowed
    fine: FineRequest | None = Field(None, description="null: lateness costs nothing")
    suspension: SuspensionRequest | None = Field(None, description="null: lateness does not suspend borrowing")
    rental: RentalRequest | None = Field(None, description="charged as `rental` when it is lent or renewed")
    deposit: Amount | None = Field(
        None, description="charged as `deposit` when it is lent; it comes back with the copy"
    )
    lost: LostOfRuleRequest | None = Field(None, description="null: as the table says of lost copies")
    self_check_out: bool = Field(
        default=_RULE.self_check_out,
        description="members who have signed in, on a telephone say, lend themselves such copies",
    )
    confirm_notes: bool = Field(
        default=_RULE.confirm_notes,
        description="staff confirm what is noted of a copy (`notes_confirmed`) before it is lent or taken back",
    )
    auto_renew: bool = Field(
        default=_RULE.auto_renew,
        description="renewed by itself instead of a reminder, unless something stands against it",
    )
    renew_not_before_days: Days | None = Field(
        None, description="nobody renews earlier than so many days before the due date; null: at any time"
    )
    renew_while_held: RenewWhileHeld = Field(
        _RULE.renew_while_held, description="while somebody waits: only if other copies are there for all who wait"
    )
    recall: RecallRequest | None = Field(None, description="null: no loan is shortened for a recall")
    after_return: AfterReturn = Field(
        _RULE.after_return, description="what comes back in another branch than its own goes home, or stays (floating)"
    )
    floats_among: Annotated[list[Word], Field(min_length=2, max_length=200)] | None = Field(
        None, description="copies of these branches stay in these; all others go home. null: any copy, in any branch"
    )
    reminders: Annotated[list[ReminderRequest], Field(max_length=MOST_REMINDERS)] | None = Field(
        None,
        description="the earliest first; a short loan has those of its second half. null: 3 days before the due date "
        "(1 day for a short loan), once it is late, and 7 and 21 days later",
    )


class SharedLimitRequest(StrictJsonBody):
    """A limit that several item types or branches share; one of the two is named."""

    item_types: list[Word] = Field(default_factory=list, max_length=100, description="none: of all types")
    branches: list[Word] = Field(
        default_factory=list, max_length=200, description="loans made in these branches; none: in all"
    )
    most: Count


class TermsRequest(StrictJsonBody):
    """What members of a category may have at the same time."""

    category: Word | None = Field(None, description="null means every other category")
    most_loans: Count
    most_loans_per_item_type: dict[Word, Count] = Field(default_factory=dict, max_length=100)
    most_loans_of: list[SharedLimitRequest] = Field(
        default_factory=list, max_length=100, description="limits for several item types or branches together"
    )
    most_holds: Count
    most_holds_per_day: Count | None = Field(None, description="placed on one day; null: any number")
    most_holds_per_item_type: dict[Word, Count] = Field(default_factory=dict, max_length=100)
    most_overdue: Annotated[int, Field(ge=1, le=100_000, description="with so many late, borrowing stops")]
    most_owed: Amount = Field(description="with so much owed, borrowing stops")
    most_lost: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None, description="with so many copies lost and not settled, borrowing stops; null: with any number it goes on"
    )
    most_days_recall_overdue: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        None, description="with a recalled loan late by so many days, borrowing stops; null: it goes on"
    )
    count_accruing: bool = Field(
        default=False, description="what late loans would cost if they came back now counts as owed"
    )
    count_wards: bool = Field(
        default=False, description="what those owe for whom a member pays as a guardian counts as owed by that member"
    )


class LostRequest(StrictJsonBody):
    """When a copy counts as lost, and what that costs."""

    after_days_overdue: Annotated[int, Field(ge=1, le=36_500)]
    default_price: Amount
    processing: Amount
    refund_within_days: Days
    refund_processing: bool = Field(default=False, description="the processing comes back with the price")
    bill_after_days: Days = Field(0, description="what counts as lost by its age alone is charged so many days later")


class CollectionTermsRequest(StrictJsonBody):
    """What it costs that debts are sent to a collection agency."""

    fee: Amount | None = Field(None, description="charged as `collection` when debts are sent; null: nothing")


class ExpectedRequest(StrictJsonBody):
    """What must come out; whatever is left out may be as it is. Amounts are in minor units."""

    rule: Name | None = None
    loanable: bool | None = None
    due_on: Day | None = None
    renewed_due_on: Day | None = Field(None, description="after a renewal on `renewed_on`")
    renewals: Count | None = None
    holds_allowed: bool | None = None
    fine: Count | None = None
    reminder_fees: Count | None = None
    suspended_days: Count | None = None
    rental: Count | None = None
    deposit: Count | None = None
    most_loans: Count | None = None
    most_holds: Count | None = None


class CaseRequest(StrictJsonBody):
    """A test case: who borrows what, when, and how many days late it comes back, in a branch that never closes."""

    name: Annotated[str, line(200)]
    category: Word
    item_type: Word
    branch: Word | None = None
    location: Word | None = None
    home_branch: Word | None = None
    age: Age | None = None
    lent_on: Day
    renewed_on: Day | None = None
    days_late: Days = 0
    expect: ExpectedRequest


class PolicyRequest(StrictJsonBody):
    """The whole table: a rule and terms that match everything, and no two that name the same."""

    rules: Annotated[list[RuleRequest], Field(min_length=1, max_length=1000)]
    terms: Annotated[list[TermsRequest], Field(min_length=1, max_length=100)]
    hold_shelf_days: Annotated[int, Field(ge=1, le=366, description="in open days of the pickup branch")]
    retarget_after_open_days: Annotated[int, Field(ge=1, le=366)] = Field(
        OPEN_DAYS_TO_PULL,
        description="what is not pulled within so many open days is pulled in another branch that has a copy",
    )
    holds: HoldTermsRequest = Field(default_factory=HoldTermsRequest)
    renewals_stopped_by: list[Arrears] = Field(
        default_factory=list,
        max_length=len(Arrears),
        description="what stops a member's renewals, at the limits that stop borrowing",
    )
    collections: CollectionTermsRequest = Field(default_factory=CollectionTermsRequest)
    lost: LostRequest
    keep_history_days: Days
    charge_kinds: Annotated[
        list[Annotated[str, line(20)]], Field(max_length=50, description="what staff charge for by hand")
    ] = Field(default_factory=lambda: list(CHARGE_KINDS))
    cases: list[CaseRequest] = Field(default_factory=list, max_length=500)
    valid_from: Day | None = Field(
        None, description="the first day on which it counts, in the library's time zone; null or past: at once"
    )


class PolicyResponse(ResponseModel):
    """One version of the table."""

    version: int
    made_at: Moment
    rules: list[RuleRequest]
    terms: list[TermsRequest]
    hold_shelf_days: int
    retarget_after_open_days: int
    holds: HoldTermsRequest
    renewals_stopped_by: list[Arrears]
    collections: CollectionTermsRequest
    lost: LostRequest
    keep_history_days: int
    charge_kinds: list[str]
    cases: list[CaseRequest]
    valid_from: Day | None = None
