"""Samples of what is charged, paid and forgiven, and of suspensions."""

from datetime import UTC, date, datetime
from uuid import UUID

from loans_service.api.fines.collections import CollectionLine, CollectionsRequest, CollectionsResponse
from loans_service.api.fines.fine_responses import ChargeRequest
from loans_service.api.fines.fines import PaymentRequest, WaiverRequest
from loans_service.api.fines.payments import BorrowerPaymentRequest
from loans_service.api.fines.suspensions import LiftRequest
from loans_service.api.shapes import MoneyRequest
from loans_service.api.tills.samples import A_RECEIPT
from loans_service.application.fines.fine_views import (
    Amount,
    CollectableView,
    CollectionView,
    PaymentView,
    SuspensionView,
)
from loans_service.application.fines.lift_suspension import LiftedSuspension
from loans_service.domain.fines.payment import PaidPart

A_SUSPENSION = SuspensionView(
    loan_id=UUID("01a20e28-1086-7c88-b465-26674d79d3b0"),
    starts_on=date(2026, 3, 26),
    ends_on=date(2026, 4, 1),
    days=6,
    made_at=datetime(2026, 3, 26, 16, 30, tzinfo=UTC),
    lifted_at=None,
)
SAMPLES = (
    LiftRequest(reason="The book drop was locked over Easter."),
    LiftedSuspension(
        member_id=UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0"),
        suspended_until=date(2026, 4, 1),
        lifted_at=datetime(2026, 3, 27, 9, tzinfo=UTC),
    ),
    A_SUSPENSION,
)

_PAYER, _FINE = UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0"), UUID("01a20e28-1091-7c1a-9b57-7cb0a1d1c0de")
_EUR_1_40 = Amount(140, "EUR")

A_PAYMENT = PaymentView(
    member_id=_PAYER,
    reference="till-7-00042",
    amount=_EUR_1_40,
    paid=(PaidPart(_FINE, _EUR_1_40),),
    owed=Amount(0, "EUR"),
    paid_at=datetime(2026, 4, 10, 10, tzinfo=UTC),
    number=A_RECEIPT.number,
    receipt=A_RECEIPT,
)

_SENT = CollectionView(
    member_id=_PAYER,
    owed=Amount(1_140, "EUR"),
    fee=Amount(1_000, "EUR"),
    fine_ids=(_FINE, UUID("01a20e28-10a4-7d3e-8f20-3c9a51b7e604")),
    sent_to_collection_at=datetime(2026, 7, 1, 9, tzinfo=UTC),
)
_LINE = CollectionLine(line=0, status=200, collection=_SENT, problem=None)

OF_PAYMENTS = (
    CollectableView(
        member_id=_PAYER,
        owed=_EUR_1_40,
        fines=1,
        oldest_charged_at=datetime(2026, 4, 10, 10, tzinfo=UTC),
        fee=Amount(1_000, "EUR"),
    ),
    CollectionsRequest(member_ids=[_PAYER], reason="Two letters came back."),
    _SENT,
    _LINE,
    CollectionsResponse(results=[_LINE]),
    ChargeRequest(
        card_number="20000000000018",
        kind="damage",
        amount=MoneyRequest(amount=350, currency="EUR"),
        note="Coffee on the cover.",
        branch="MAIN",
    ),
    PaymentRequest(amount=MoneyRequest(amount=100, currency="EUR")),
    WaiverRequest(reason="The branch was flooded that week."),
    BorrowerPaymentRequest(amount=MoneyRequest(amount=500, currency="EUR"), reference=A_PAYMENT.reference),
    A_PAYMENT,
)
