"""The forms of things that more than one route shows."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import ConfigDict, Field

from books_service.application.catalogue.views import CopyView
from books_service.application.readings import READ_ITEM_TYPE
from shared.web.json.strict_json import Body, Moment, ResponseModel, line, read_by

BranchCode = Annotated[str, line(40), Field(examples=["MAIN"])]
Barcode = Annotated[
    str, line(64), Field(description="Any case; surrounding spaces do not count.", examples=["30000000000019"])
]
ItemType = Annotated[
    str, line(40), read_by(READ_ITEM_TYPE), Field(description="What the loan policy goes by: book, dvd, …")
]
Note = Annotated[str, line(200)]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
Status = Literal["in_service", "reference_only", "in_repair", "missing", "withdrawn"]


Format = Annotated[
    str,
    line(20),
    Query(
        description="`csv`, `json` (an array, or one record a line), `marc` (MARC 21), `marcxml` or `yaml`.",
        json_schema_extra={"enum": ["csv", "json", "marc", "marcxml", "yaml"]},
    ),
]
"""A format of files; the refusal of another one is the use case's."""


class PriceRequest(Body):
    """What replacing the copy costs, in minor units."""

    amount: Amount
    currency: Currency


class PriceResponse(ResponseModel):
    """An amount in minor units."""

    amount: int
    currency: str


AvailabilityWord = Literal["available", "on_loan", "on_hold_shelf", "in_transit", "unavailable"]


A_COPY: dict[str, Any] = {
    "copy_id": "01a20f56-d617-79af-96e1-d09abc203819",
    "book_id": "01a20f56-0b5a-72ae-b315-6757a5c0edd1",
    "barcode": "30000000500014",
    "branch": "MAIN",
    "item_type": "book",
    "price": {"amount": 1290, "currency": "EUR"},
}


class CopyResponse(ResponseModel):
    """A copy. `status` is the library's word for it, `availability` where it can be had, `due_at` until when not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **A_COPY,
                    "shelf_mark": "ELI 823.8",
                    "condition": None,
                    "status": "in_service",
                    "status_since": "2026-03-01T09:30:00Z",
                    "availability": "on_loan",
                    "due_at": "2026-03-22T23:59:59Z",
                    "added_at": "2026-03-01T09:30:00Z",
                }
            ]
        }
    )

    copy_id: UUID
    book_id: UUID
    barcode: str
    branch: str
    item_type: str
    shelf_mark: str | None
    condition: str | None
    price: PriceResponse | None
    status: Status
    status_since: Moment
    availability: AvailabilityWord
    due_at: Moment | None
    added_at: Moment

    @classmethod
    def mark(cls, copy: CopyView) -> str:
        """Return what stands, in the entity tag, for the availability: it changes without a new version of the copy."""
        if copy.availability == "available":
            return ""
        due = "" if copy.due_at is None else f"{int(copy.due_at.timestamp()):x}"
        return copy.availability.replace("_", "") + due


class ErrorResponse(ResponseModel):
    """One record of a file with which something is wrong. Records count from 1; 0 is the file as a whole."""

    record: int
    identifier: str | None
    code: str
    detail: str
