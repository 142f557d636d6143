"""The forms of things that more than one route shows or takes."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from books_service.domain.stock.barcode import Barcode as StockBarcode
from books_service.domain.stock.copy import item_type
from shared.web.documents.described import located
from shared.web.json.strict_json import Body, line, read_by

BranchCode = Annotated[str, line(40), Field(examples=["MAIN"])]
LocationCode = Annotated[str, line(40), Field(examples=["CHILDREN"])]
Barcode = Annotated[
    str, line(64), Field(description="Any case; surrounding spaces do not count.", examples=["30000000000019"])
]
NewBarcode = Annotated[Barcode, read_by(StockBarcode.parse)]
ItemType = Annotated[str, line(40), read_by(item_type), Field(description="What the loan policy goes by: book, dvd, …")]
Note = Annotated[str, line(200)]
Volume = Annotated[str, line(100)]
ExternalId = Annotated[str, line(100), Field(description="Its key in the system that it came from.")]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]

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


A_COPY: dict[str, Any] = {
    "copy_id": "01a20f56-d617-79af-96e1-d09abc203819",
    "book_id": "01a20f56-0b5a-72ae-b315-6757a5c0edd1",
    "barcode": "30000000500014",
    "branch": "MAIN",
    "item_type": "book",
    "price": {"amount": 1290, "currency": "EUR"},
}
COPY_SHOWN: dict[str, Any] = {
    **A_COPY,
    "location": "FICTION",
    "shelf_mark": "ELI 823.8",
    "volume": None,
    "condition": None,
    "note": None,
    "external_id": None,
    "status": "in_service",
    "status_since": "2026-03-01T09:30:00Z",
    "availability": "on_loan",
    "due_at": "2026-03-22T23:59:59Z",
    "transit_to": None,
    "stands": {"branch": "MAIN", "location": None, "why": "on_loan", "since": "2026-03-01T10:00:00Z"},
    "holdable": True,
    "last_seen_at": "2026-03-01T10:00:00Z",
    "added_at": "2026-03-01T09:30:00Z",
    "version": 1,
}


def shown(example: Mapping[str, Any], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Document what a route answers, for its `responses=`, by an example."""
    return {status: {"content": {"application/json": {"example": example}}}}


def created(example: Mapping[str, Any], status: int = 201, *headers: str) -> dict[int | str, dict[str, Any]]:
    """Document what a route answers that makes something: where it is, and an example of it."""
    return {status: {**located(status, *headers)[status], **shown(example, status)[status]}}


def page_shown(example: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Document a page of a list that has one such item."""
    return shown({"items": [example], "next_cursor": None})
