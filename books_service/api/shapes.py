"""Types that more than one route takes or returns."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from books_service.domain.stock.barcode import Barcode as StockBarcode
from books_service.domain.stock.copy import item_type
from shared.web.json.strict_json import StrictJsonBody, line, read_by

BranchCode = Annotated[str, line(40), Field(examples=["MAIN"])]
LocationCode = Annotated[str, line(40), Field(examples=["CHILDREN"])]
Barcode = Annotated[
    str, line(64), Field(description="Any case; surrounding spaces do not count.", examples=["30000000000019"])
]
NewBarcode = Annotated[Barcode, read_by(StockBarcode.parse)]
ItemType = Annotated[str, line(40), read_by(item_type), Field(description="What the loan policy goes by: book, dvd, …")]
Note = Annotated[str, line(200)]
Suppressed = Annotated[bool, Field(description="Whether it is hidden from the public; staff lend it all the same.")]
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
"""A format of files; the use case refuses an unknown one."""


class PriceRequest(StrictJsonBody):
    """What replacing the copy costs, in minor units."""

    amount: Amount
    currency: Currency
