"""Samples of what the routes take and answer, one for each type: from these the document shows every example.

They are things of the demo data, so that what a newcomer tries out finds something.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from loans_service.api.consistency.consistency import (
    ConsistencyResponse,
    DisagreementResponse,
    RepairResponse,
    RepublishedCopyResponse,
    StandsResponse,
    StateResponse,
)
from loans_service.api.fines.samples import A_PAYMENT, A_SUSPENSION, OF_PAYMENTS
from loans_service.api.fines.samples import SAMPLES as OF_SUSPENSIONS
from loans_service.api.holds.samples import A_HOLD, OF_HOLDS
from loans_service.api.lending.borrowers import BorrowerResponse, LimitsResponse
from loans_service.api.lending.bulk import (
    CheckOutLine,
    ManyCheckOutsRequest,
    ManyCheckOutsResponse,
    ManyReturnsRequest,
    ManyReturnsResponse,
    ReturnLine,
)
from loans_service.api.lending.check_out_requests import CheckOutQuestion, CheckOutRequest, OverrideRequest
from loans_service.api.lending.closings import ClosingRequest, ClosingResponse, MovedLoan
from loans_service.api.lending.decisions import DecisionResponse
from loans_service.api.lending.due_dates import DueDateLine, DueDatesRequest, DueDatesResponse, WhichLoans
from loans_service.api.lending.in_house_uses import InHouseUsesRequest
from loans_service.api.lending.loan_acts import (
    DueDateRequest,
    FindRequest,
    HistoryResponse,
    LossRequest,
    ReasonRequest,
    RenewalRequest,
    ResolutionRequest,
)
from loans_service.api.lending.loan_lists import ListedLoan, LoanListResponse, RenewalResponse
from loans_service.api.lending.renewals import RenewalsRequest, RenewalsResponse, RenewedLoan
from loans_service.api.lending.returns import ReturnRequest, ReturnScan
from loans_service.api.notices.samples import SAMPLES as OF_FACTS
from loans_service.api.privacy.history_choices import ReadingHistoryChoiceRequest, ReadingHistoryChoiceResponse
from loans_service.api.reports.samples import SAMPLES as OF_REPORTS
from loans_service.api.rules.samples import SAMPLES as OF_RULES
from loans_service.api.sample_facts import ADA, BACK, BARCODE, BOOK, CARD, COPY, DUE, LATE, LENT, LOAN, TITLE
from loans_service.api.shapes import MoneyRequest
from loans_service.api.tills.samples import A_PAYOUT, A_RECEIPT
from loans_service.api.tills.samples import SAMPLES as OF_TILLS
from loans_service.application.fines.fine_views import (
    FinedLoanView,
    FineInFull,
    FineView,
    ListedFineView,
    PaidFineView,
    PostingView,
)
from loans_service.application.holds.hold_views import CopyOnHoldShelf
from loans_service.application.holds.list_holds_ratio import TitleInDemand
from loans_service.application.lending.amendments.resolve_claim import ClaimOutcome
from loans_service.application.lending.count_in_house_uses import InHouseUseLine, InHouseUsesView
from loans_service.application.lending.views import (
    CheckOutView,
    DueStepView,
    HistoryEntry,
    LoanOnList,
    LoanView,
    MatchedBy,
    PolicyMatched,
    PolicyView,
    ReturnView,
    RuleMatched,
)
from loans_service.application.privacy.export_borrower import BorrowerExport
from loans_service.domain.circulating_copy import NextStop
from loans_service.domain.fines.fine import FineStatus
from loans_service.domain.lending.desk_note import DeskNote, NoteOf
from loans_service.domain.lending.loan_status import LoanStatus
from loans_service.domain.money import Money
from shared.kernel.file_records import RecordError
from shared.kernel.from_attributes import from_attributes
from shared.kernel.import_profiles import ImportProfile
from shared.kernel.imports import ImportView
from shared.web.imports import samples_of
from shared.web.problems import example
from shared.web.statistics import SAMPLES as OF_STATISTICS
from shared.web.working_lists import a_sample


def _eur(amount: int) -> Money:
    return Money(amount, "EUR")


_A_LOAN = LoanView(
    loan_id=LOAN,
    number=61094,
    copy_id=COPY,
    book_id=BOOK,
    title=TITLE,
    barcode=BARCODE,
    item_type="book",
    member_id=ADA,
    branch="MAIN",
    checked_out_at=LENT,
    due_at=DUE,
    returned_at=None,
    next=None,
    renewals=0,
    renewals_left=2,
    status=LoanStatus.OPEN,
    overdue=False,
    policy=PolicyView("adult", 1),
    overridden=[],
    offline=False,
    version=1,
    accruing=None,
)
_NOTES = (DeskNote(NoteOf.COPY, "Two discs. Count them."),)
_A_CHECK_OUT = CheckOutView.with_notes(_A_LOAN, _NOTES)
_A_RETURN = ReturnView(
    loan=replace(_A_LOAN, status=LoanStatus.RETURNED, returned_at=BACK, next=NextStop.SHELF, version=2),
    next=NextStop.SHELF,
    hold=None,
    fine=None,
    suspended_until=None,
    copy_status=None,
    notice=None,
    notes=_NOTES,
)
_A_FINE = FineView(
    fine_id=UUID("01a20e28-1091-7c1a-9b57-7cb0a1d1c0de"),
    loan_id=LOAN,
    member_id=ADA,
    reason="overdue",
    status=FineStatus.OWED,
    amount=_eur(240),
    owed=_eur(140),
    paid=_eur(100),
    waived=_eur(0),
    refunded=_eur(0),
    charged_at=LATE,
    version=2,
)
_A_LISTED_FINE = from_attributes(
    _A_FINE, ListedFineView, loan=from_attributes(_A_LOAN, FinedLoanView, returned_at=LATE, version=2)
)
_NOT_LENT = example(409, "copy-on-loan", "This copy is on loan. Return it first.")

_OF_LENDING = (
    CheckOutQuestion(copy_barcode=BARCODE, card_number=CARD),
    CheckOutRequest(copy_barcode=BARCODE, card_number=CARD),
    _A_LOAN,
    _A_CHECK_OUT,
    LoanListResponse(
        items=[from_attributes(_A_LOAN, ListedLoan, renewal=RenewalResponse(allowed=True, refusals=[]), waiting=0)],
        next_cursor=None,
        total=1,
    ),
    DecisionResponse(
        allowed=True,
        refusals=[],
        policy=PolicyMatched(
            name="adult",
            version=1,
            matched=MatchedBy(category="adult", item_type=None, branch=None),
            passed_over=[
                RuleMatched(name="any member, any item", matched=MatchedBy(category=None, item_type=None, branch=None))
            ],
        ),
        due_at=DUE,
        steps=[
            DueStepView(
                "period",
                datetime(2026, 3, 22, 23, 59, 59, tzinfo=UTC),
                "20 days from 2026-03-02 10:00, by rule 'adult'.",
            ),
            DueStepView("closed_day", DUE, "The branch is closed on 2026-03-22 (Sunday)."),
        ],
        charges=[],
        notes=[*_NOTES],
    ),
    ManyCheckOutsRequest(lines=[CheckOutQuestion(copy_barcode=BARCODE, card_number=CARD)]),
    ManyCheckOutsResponse(
        results=[
            CheckOutLine(line=0, status=201, loan=_A_CHECK_OUT, problem=None),
            CheckOutLine(line=1, status=409, loan=None, problem=_NOT_LENT),
        ]
    ),
    RenewalRequest(),
    RenewalRequest(override=OverrideRequest(codes=["renewal-limit-reached"], comment="Exam week.")),
    RenewalsRequest(card_number=CARD),
    RenewalsResponse(
        results=[
            RenewedLoan(line=0, status=200, loan_id=LOAN, loan=replace(_A_LOAN, renewals=1, version=2), problem=None)
        ],
        more=False,
    ),
    DueDatesRequest(
        where=WhichLoans(branch="MAIN", due_until=DUE),
        due_at=datetime(2030, 3, 1, 23, 59, 59, tzinfo=UTC),
        reason="Closed for the move.",
    ),
    DueDatesResponse(
        dry_run=False,
        results=[
            DueDateLine(
                line=0,
                loan_id=LOAN,
                barcode=BARCODE,
                title=TITLE,
                member_id=ADA,
                was_due_at=DUE,
                due_at=datetime(2030, 3, 1, 23, 59, 59, tzinfo=UTC),
                refusal=None,
            )
        ],
        more=False,
    ),
    DueDateRequest(due_at=datetime(2030, 3, 1, 23, 59, 59, tzinfo=UTC), reason="Out for a reading group."),
    ReasonRequest(reason="The borrower telephoned."),
    LossRequest(reason="Left on the train.", price=MoneyRequest(amount=1290, currency="EUR")),
    FindRequest(found_by="library", branch="MAIN"),
    ResolutionRequest.model_validate({"as": ClaimOutcome.FOUND_ON_SHELF}),
    HistoryResponse(
        loan_id=LOAN,
        entries=[HistoryEntry(LENT, "checked_out", "system", "", "adult", 1, DUE, [], branch="MAIN")],
    ),
    ReturnScan(copy_barcode=BARCODE),
    ReturnRequest(copy_barcode=BARCODE),
    _A_RETURN,
    InHouseUsesRequest(barcodes=[BARCODE], branch="MAIN"),
    InHouseUsesView(1, (InHouseUseLine(BARCODE, counted=True, title=TITLE, problem=None),)),
    ManyReturnsRequest(lines=[ReturnScan(copy_barcode=BARCODE)]),
    ManyReturnsResponse(results=[ReturnLine(line=0, status=200, scan=_A_RETURN, problem=None)]),
    ClosingRequest.model_validate({"from": date(2026, 3, 23), "to": date(2026, 3, 27), "name": "Burst pipe"}),
    ClosingResponse(
        branch="MAIN",
        calendar_version=4,
        preview=False,
        closed={"from": "2026-03-23", "to": "2026-03-27", "name": "Burst pipe"},
        loans_moved=1,
        loans=[MovedLoan(loan_id=LOAN, due_at=DUE, moved_to=datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC))],
        holds_moved=0,
        holds=[],
    ),
    BorrowerResponse(
        member_id=ADA,
        may_borrow=True,
        may_renew=True,
        may_hold=True,
        open_loans=2,
        overdue=0,
        holds=1,
        owed=_eur(140),
        sent_to_collection_at=None,
        accruing=_eur(0),
        suspended_until=None,
        credit=_eur(0),
        claims=1,
        limits=LimitsResponse(
            loans=10,
            loans_per_item_type={"dvd": 3},
            loans_of=[],
            holds=5,
            overdue=3,
            owed=_eur(1000),
            lost=2,
            days_recall_overdue=None,
        ),
        refusals=[],
    ),
)
_OF_LISTS = (
    from_attributes(_A_LOAN, LoanOnList, category="adult", due_at=DUE, claimed_at=None, days_late=0),
    TitleInDemand(BOOK, TITLE, waiting=7, lendable_copies=2, holdable_copies=2, ratio=3.5, first_placed_at=LENT),
    CopyOnHoldShelf(COPY, BOOK, TITLE, BARCODE, "MAIN", "MAIN", A_HOLD.hold_id, LENT),
    a_sample("overdue", LoanOnList),
)
_OF_FINES = (
    _A_FINE,
    _A_LISTED_FINE,
    from_attributes(_A_LISTED_FINE, FineInFull, ledger=[PostingView("charged", _A_FINE.amount, LATE, "system", "")]),
    *OF_PAYMENTS,
    from_attributes(_A_FINE, PaidFineView, receipt=A_RECEIPT),
)
_IN_CATALOGUE = StateResponse(
    availability="available", due_at=None, transit_to=None, stands=StandsResponse(branch=None, why="home")
)
_IN_LENDING = StateResponse(
    availability="on_loan", due_at=DUE, transit_to=None, stands=StandsResponse(branch="MAIN", why="on_loan")
)
_A_CHECK = ConsistencyResponse(
    checked=4211,
    disagreements=[DisagreementResponse(copy_id=COPY, books=_IN_CATALOGUE, loans=_IN_LENDING)],
    in_two_places=[],
    balances_wrong=[],
    sums_wrong=[],
    tills_wrong=[],
    complete=True,
    next_cursor=None,
)
_A_PROFILE = ImportProfile("koha", "loans", "csv", {"due_at": "date_due"}, version=3)
_AN_IMPORT = ImportView(
    import_id=UUID("01a20f58-136b-707a-9e57-803ea531a0a4"),
    state="done",
    what="loans",
    format="csv",
    dry_run=False,
    read=8000,
    created=7990,
    updated=0,
    skipped=9,
    failed=1,
    kinds={},
    match=(),
    protect=(),
    undoes=None,
    left_out={"itemtype": 8000},
    errors=(
        RecordError(
            916,
            "koha-812",
            "copy-not-found",
            "No copy has this barcode or id. Scan it again, or add the copy to the catalogue first.",
        ),
    ),
    next_cursor=None,
    created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    finished_at=datetime(2026, 3, 1, 9, 30, 9, tzinfo=UTC),
    version=42,
)
_OF_OPERATION = (
    *samples_of(_AN_IMPORT, _A_PROFILE),
    *OF_FACTS,
    _A_CHECK,
    RepairResponse(found=_A_CHECK, told=[RepublishedCopyResponse(copy_id=COPY, **dict(_IN_LENDING))]),
    ReadingHistoryChoiceRequest(keep=True),
    ReadingHistoryChoiceResponse(keep=True),
    BorrowerExport(
        ADA,
        LATE,
        loans=(_A_LOAN,),
        holds=(A_HOLD,),
        fines=(_A_FINE,),
        payments=(A_PAYMENT,),
        suspensions=(A_SUSPENSION,),
        receipts=(A_RECEIPT,),
        payouts=(A_PAYOUT,),
    ),
)


SAMPLES = (
    *(*_OF_LENDING, *_OF_LISTS, *OF_HOLDS, *_OF_FINES, *OF_SUSPENSIONS),
    *(*OF_TILLS, *OF_RULES, *_OF_OPERATION, *OF_STATISTICS, *OF_REPORTS),
)
