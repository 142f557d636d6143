"""The forms that fines and payments take in more than one route."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from loans_service.api.shapes import CardNumber
from loans_service.application.fines.charge_member import Charge
from loans_service.application.fines.fine_views import Amount
from loans_service.application.neighbours import MemberKey
from shared.web.json.strict_json import Body, line, paragraph


class MoneyRequest(Body):
    """An amount in minor units: 250 and EUR are 2.50 euros."""

    amount: Annotated[int, Field(ge=1, le=100_000_000, strict=True, examples=[250])]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]

    def money(self) -> Amount:
        """Return it as the use cases take it."""
        return Amount(self.amount, self.currency)


class ChargeRequest(Body):
    """What a member is to pay for; named in one of two ways."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "card_number": "20000000000018",
                    "kind": "damage",
                    "amount": {"amount": 350, "currency": "EUR"},
                    "note": "Coffee on the cover.",
                }
            ]
        }
    )

    member_id: UUID | None = None
    card_number: CardNumber | None = None
    kind: Annotated[str, line(20), Field(description="One of the policy's `charge_kinds`.", examples=["damage"])]
    amount: MoneyRequest
    note: Annotated[str, paragraph(500), Field(description="Read by staff only.")] | None = None

    @model_validator(mode="after")
    def names_one_member(self) -> Self:
        """Refuse a member named twice or not at all."""
        if (self.card_number is None) == (self.member_id is None):
            raise ValueError("name the member by either card_number or member_id")
        return self

    def command(self, *, by: str) -> Charge:
        """Return the charge as the use case takes it."""
        member = MemberKey(member_id=self.member_id, card_number=self.card_number)
        return Charge(member, self.kind, self.amount.money(), self.note or "", by=by)


A_FINE: JsonDict = {
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
    "version": 2,
}

_ITS_LOAN: JsonDict = {
    "copy_id": "01a20e28-0edd-7560-b2c0-5199a4e5b02d",
    "book_id": "01a20e28-0ed8-759a-b944-fc4ab3285b0d",
    "title": "Pride and Prejudice",
    "barcode": "30000000000019",
    "checked_out_at": "2026-03-02T10:00:00Z",
    "due_at": "2026-03-23T23:59:59Z",
    "returned_at": "2026-04-10T10:00:00Z",
    "version": 2,
}

A_LISTED_FINE: JsonDict = A_FINE | {"loan": _ITS_LOAN}
