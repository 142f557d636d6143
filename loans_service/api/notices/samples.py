"""Examples for the documents, of what notices ask."""

from uuid import UUID

from loans_service.api.holds.samples import A_HOLD
from loans_service.api.notices.circulation_facts import (
    FactsRequest,
    FactsResponse,
    FineFactResponse,
    HoldFactResponse,
    LoanFactResponse,
    OpeningFactResponse,
)
from loans_service.api.sample_facts import DUE, LOAN

A_FINE = UUID("01a20e28-1091-7c1a-9b57-7cb0a1d1c0de")

SAMPLES = (
    FactsRequest(loans=(LOAN,), holds=(A_HOLD.hold_id,), branches=("MAIN",), members=(A_HOLD.member_id,)),
    FactsResponse(
        loans=[LoanFactResponse(loan_id=LOAN, status="open", due_at=DUE, owed=0, renewable=True)],
        holds=[
            HoldFactResponse(
                hold_id=A_HOLD.hold_id, status="ready", pickup_branch="MAIN", pickup_until=A_HOLD.pickup_until
            )
        ],
        fines=[FineFactResponse(fine_id=A_FINE, owed=240)],
        branches=[
            OpeningFactResponse(
                branch="MAIN", timezone="Europe/Berlin", hours_today="10:00–18:00", next_open_day=DUE.date()
            )
        ],
        members=[A_HOLD.member_id],
    ),
)
