"""Samples of what the routes of policies and calendars take and answer."""

from datetime import UTC, date, datetime
from uuid import UUID

from loans_service.api.rules.calendars import (
    CalendarRequest,
    CalendarResponse,
    ClosureRequest,
    OpeningRequest,
    SpecialWeekRequest,
    WeekRequest,
)
from loans_service.api.rules.policy_requests import (
    CaseRequest,
    ExpectedRequest,
    FineRequest,
    LostRequest,
    PeriodRequest,
    PolicyRequest,
    PolicyResponse,
    RuleRequest,
    TermsRequest,
)
from loans_service.api.rules.policy_values import Amount
from loans_service.api.rules.simulations import SimulationRequest
from loans_service.application.rules.rule_views import SimulatedLoanView, SimulatedOutcomeView, SimulationView
from loans_service.domain.rules.policy import Unit

_MADE = datetime(2026, 3, 2, 10, tzinfo=UTC)
_DUE = datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC)
_LATER = datetime(2026, 3, 30, 22, 59, 59, tzinfo=UTC)

_A_POLICY = PolicyRequest(
    rules=[
        RuleRequest(
            name="anything",
            period=PeriodRequest(amount=3, unit=Unit.WEEKS),
            renewals=2,
            fine=FineRequest(per_day=Amount(amount=20), most=Amount(amount=1000), grace_days=1),
        ),
        RuleRequest(name="films", item_type="dvd", period=PeriodRequest(amount=7, unit=Unit.DAYS), renewals=1),
    ],
    terms=[TermsRequest(most_loans=10, most_holds=5, most_overdue=3, most_owed=Amount(amount=1000))],
    hold_shelf_days=7,
    lost=LostRequest(
        after_days_overdue=42,
        default_price=Amount(amount=2500),
        processing=Amount(amount=500),
        refund_within_days=180,
    ),
    keep_history_days=90,
    cases=[
        CaseRequest(
            name="a film is due after a week and renewed once",
            category="adult",
            item_type="dvd",
            lent_on=date(2026, 3, 2),
            expect=ExpectedRequest(rule="films", due_on=date(2026, 3, 9), renewals=1),
        )
    ],
)
_A_CALENDAR = CalendarRequest(
    timezone="Europe/Vienna",
    weekly=WeekRequest(mon=[("09:00", "12:00"), ("13:00", "18:00")], tue=[("09:00", "18:00")]),
    closed=[ClosureRequest.model_validate({"from": date(2026, 8, 3), "to": date(2026, 8, 14), "name": "Summer break"})],
    open=[
        OpeningRequest.model_validate(
            {"from": date(2026, 11, 29), "to": date(2026, 11, 29), "hours": [("13:00", "17:00")]}
        )
    ],
    weeks=[
        SpecialWeekRequest.model_validate(
            {"from": date(2026, 7, 1), "to": date(2026, 8, 31), "weekly": WeekRequest(mon=[("09:00", "13:00")])}
        )
    ],
    country="AT",
)
SAMPLES = (
    _A_POLICY,
    PolicyResponse.model_validate({**_A_POLICY.model_dump(by_alias=True), "version": 2, "made_at": _MADE}),
    SimulationRequest(policy=_A_POLICY, most=1000),
    SimulationView(
        loans=1000,
        changed=1,
        undecided=0,
        changes={"due_at": 1},
        samples=[
            SimulatedLoanView(
                UUID("01a20e28-1086-7c88-b465-26674d79d3b0"),
                _MADE,
                ["due_at"],
                before=SimulatedOutcomeView(
                    "adult", loanable=True, due_at=_DUE, renewals=2, fine=None, rental=None, suspended_days=0
                ),
                after=SimulatedOutcomeView(
                    "anything",
                    loanable=True,
                    due_at=_LATER,
                    renewals=2,
                    fine=None,
                    rental=None,
                    suspended_days=0,
                ),
            )
        ],
        complete=True,
    ),
    _A_CALENDAR,
    CalendarResponse.model_validate({**_A_CALENDAR.model_dump(by_alias=True), "branch": "MAIN", "changed_at": _MADE}),
)
