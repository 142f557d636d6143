"""Samples of what the routes of suspensions take and answer."""

from datetime import UTC, date, datetime
from uuid import UUID

from loans_service.api.fines.suspensions import LiftRequest
from loans_service.application.fines.fine_views import SuspensionView
from loans_service.application.fines.lift_suspension import LiftedSuspension

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
