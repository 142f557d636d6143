"""Samples of what the routes of tills, receipts and payouts take and answer."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from loans_service.api.shapes import CountedRequest, MoneyRequest
from loans_service.api.tills.receipts import PaidOutRequest, RefundRequest
from loans_service.api.tills.till_requests import (
    CashUpRequest,
    CountsRequest,
    MovementRequest,
    SessionRequest,
    TillRequest,
)
from loans_service.application.tills.till_views import (
    Amount,
    BalanceView,
    CashUpView,
    CountView,
    DrawerView,
    LedgerView,
    MovementView,
    NumbersView,
    OpenedView,
    PaidOutView,
    PayoutView,
    ReceiptLineView,
    ReceiptView,
    SessionView,
    TakenView,
    TillView,
)
from loans_service.domain.tills.payout import PayoutReason
from loans_service.domain.tills.till import Method, MovementKind, TillKind
from loans_service.domain.tills.till_receipt import ReceiptKind
from shared.kernel.from_attributes import from_attributes

_ADA, _FINE = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0"), UUID("01a20e28-1091-7c1a-9b57-7cb0a1d1c0de")
_SESSION, _PAYOUT = UUID("01a20f58-1001-7c1a-9b57-7cb0a1d1c0de"), UUID("01a20f58-1002-7c1a-9b57-7cb0a1d1c0de")
_MOVEMENT, _CLERK = UUID("01a20f58-1003-7c1a-9b57-7cb0a1d1c0de"), "01a20f58-1004-7c1a-9b57-7cb0a1d1c0de"
_MORNING, _LATE = datetime(2026, 4, 10, 8, tzinfo=UTC), datetime(2026, 4, 10, 10, tzinfo=UTC)
_EVENING = datetime(2026, 4, 10, 18, tzinfo=UTC)
_TILL = "DESK-1"


def _eur(amount: int) -> Amount:
    return Amount(amount, "EUR")


def _counted(amount: int) -> CountedRequest:
    return CountedRequest(amount=amount, currency="EUR")


A_RECEIPT = ReceiptView(
    number="DESK-1-2026-000042",
    kind=ReceiptKind.PAYMENT,
    at=_LATE,
    till=_TILL,
    branch="MAIN",
    method=Method.CASH,
    total=_eur(140),
    lines=[ReceiptLineView(_FINE, "overdue", _eur(140), given_back=_eur(0))],
    member_id=_ADA,
    reverses=None,
    by=_CLERK,
    why="",
    paid_by=None,
)
_HANDED_OVER = replace(
    A_RECEIPT,
    number="DESK-1-2026-000043",
    kind=ReceiptKind.PAYOUT,
    total=_eur(2500),
    lines=[ReceiptLineView(_FINE, "cancelled", _eur(2500), given_back=_eur(0))],
)
A_PAYOUT = PayoutView(
    _PAYOUT, _ADA, PayoutReason.CANCELLED, _FINE, _eur(2500), used=_eur(0), paid=_eur(0), due=_eur(2500), made_at=_LATE
)
_A_TILL = TillView(_TILL, TillKind.DESK, "MAIN", "Main desk, left", SessionView(_SESSION, _MORNING, _CLERK))
_A_BALANCE = BalanceView(
    ledger=LedgerView(_eur(2880), _eur(2500), owed=_eur(240), settled=_eur(140), agrees=True),
    money=TakenView({"cash": _eur(2640)}, _eur(0), {"cash": _eur(2500)}, due=_eur(0), agrees=True),
    drawers=[DrawerView(_TILL, _eur(10000), _eur(2640), _eur(2500), _eur(-5000), _eur(0), _eur(5140), agrees=True)],
    numbers=[NumbersView(_TILL, 2026, 43, 43, agrees=True)],
    agrees=True,
)

SAMPLES = (
    TillRequest(till=_TILL, branch="MAIN", name="Main desk, left"),
    _A_TILL,
    SessionRequest(counted=_counted(10000)),
    from_attributes(_A_TILL, OpenedView, difference=_eur(0)),
    MovementRequest(kind="out", amount=MoneyRequest(amount=5000, currency="EUR"), note="To the bank."),
    MovementView(_MOVEMENT, _TILL, MovementKind.OUT, _eur(5000), "To the bank.", _LATE, _CLERK),
    CashUpRequest(counted=CountsRequest(cash=_counted(5120), card=_counted(0)), note="A coin rolled away."),
    CashUpView(
        _TILL,
        _SESSION,
        _MORNING,
        _EVENING,
        opening=_eur(10000),
        counts=[CountView(Method.CASH, _eur(5140), _eur(5120), _eur(-20))],
        note="A coin rolled away.",
    ),
    A_RECEIPT,
    RefundRequest(amount=MoneyRequest(amount=140, currency="EUR"), reason="Charged by mistake."),
    PaidOutRequest(method=Method.CASH),
    A_PAYOUT,
    from_attributes(A_PAYOUT, PaidOutView, paid=_eur(2500), due=_eur(0), receipt=_HANDED_OVER),
    _A_BALANCE,
)
