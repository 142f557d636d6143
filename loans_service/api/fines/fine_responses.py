"""The forms that a fine takes in more than one route."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from loans_service.application.fines.fine_views import FineView
from shared.web.json.strict_json import Body, Moment, ResponseModel

FineStatusName = Literal["owed", "paid", "waived"]
FineReasonName = Literal["overdue", "lost", "processing"]


class MoneyRequest(Body):
    """An amount in minor units: 250 and EUR are 2.50 euros."""

    amount: Annotated[int, Field(ge=1, le=100_000_000, strict=True, examples=[250])]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]


class MoneyResponse(ResponseModel):
    """An amount in minor units."""

    amount: int
    currency: str


_A_FINE: JsonDict = {
    "fine_id": "01a20e28-1091-7c1a-9b57-7cb0a1d1c0de",
    "loan_id": "01a20e28-1086-7c88-b465-26674d79d3b0",
    "member_id": "01a20e28-0f3d-748b-97af-a3e33bce55d0",
    "reason": "overdue",
    "status": "owed",
    "amount": {"amount": 240, "currency": "EUR"},
    "owed": {"amount": 140, "currency": "EUR"},
    "paid": {"amount": 100, "currency": "EUR"},
    "waived": {"amount": 0, "currency": "EUR"},
    "refunded": {"amount": 0, "currency": "EUR"},
    "charged_at": "2026-04-10T10:00:00Z",
}


class FineResponse(ResponseModel):
    """A fine. `refunded` is what the library gave back, or still has to: it was paid for a copy that was found."""

    model_config = ConfigDict(json_schema_extra={"examples": [_A_FINE]})

    fine_id: UUID
    loan_id: UUID
    member_id: UUID
    reason: FineReasonName
    status: FineStatusName
    amount: MoneyResponse
    owed: MoneyResponse
    paid: MoneyResponse
    waived: MoneyResponse
    refunded: MoneyResponse
    charged_at: Moment

    @classmethod
    def of_view(cls, fine: FineView) -> Self:
        """Show `fine`."""

        def money(amount: int) -> MoneyResponse:
            return MoneyResponse(amount=amount, currency=fine.currency)

        return cls.model_validate(
            {
                "fine_id": fine.fine_id,
                "loan_id": fine.loan_id,
                "member_id": fine.member_id,
                "reason": fine.reason,
                "status": fine.status,
                "amount": money(fine.amount),
                "owed": money(fine.owed),
                "paid": money(fine.paid),
                "waived": money(fine.waived),
                "refunded": money(fine.refunded),
                "charged_at": fine.charged_at,
            }
        )
