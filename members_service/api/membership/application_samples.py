"""Examples of applications, from which the document shows every answer."""

from datetime import UTC, date, datetime
from uuid import UUID

from members_service.api.membership.applications import AcceptanceRequest, ApplicationRequest, ConfirmationRequest
from members_service.application.membership.applications.views import (
    ApplicationView,
    ConfirmedView,
    NewApplicationView,
)
from members_service.domain.application import Applicant

_ID = UUID("01a20f31-52c4-7d0e-b6a5-1f8e0c7d9b01")
_TOKEN = "c2b0bT2rN1YhHqk3VwUu0xJ8dYk6m5sRrQz4tE7aP9o"  # noqa: S105 - an example
_APPLIED, _CONFIRMED = datetime(2026, 3, 5, 20, 4, tzinfo=UTC), datetime(2026, 3, 5, 20, 9, tzinfo=UTC)
_EVE = {
    "category": "adult",
    "email": "eve@mail.example",
    "given_name": "Eve",
    "family_name": "Hale",
    "date_of_birth": date(1990, 5, 17),
}

OF_APPLICATIONS = (
    ApplicationRequest.model_validate(_EVE),
    ConfirmationRequest(confirmation_token=_TOKEN),
    AcceptanceRequest(card_number="20000000000026"),
    NewApplicationView(_ID, _TOKEN, datetime(2026, 3, 7, 20, 4, tzinfo=UTC)),
    ConfirmedView(_ID, _CONFIRMED),
    ApplicationView(
        _ID,
        Applicant(
            category="adult",
            email="eve@mail.example",
            given_name="Eve",
            family_name="Hale",
            date_of_birth=date(1990, 5, 17),
        ),
        _APPLIED,
        _CONFIRMED,
    ),
)
