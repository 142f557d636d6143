"""Types that more than one route takes or returns."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, PlainValidator, TypeAdapter, WithJsonSchema

from books_service.domain.attributes import LONGEST_NAME, LONGEST_VALUE, MOST_ATTRIBUTES, NAME
from books_service.domain.stock.barcode import Barcode as StockBarcode
from books_service.domain.stock.copy_facts import item_type
from books_service.domain.tags import MOST_TAGS
from shared.web.json.strict_json import Moment, StrictJsonBody, line, read_by

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
TagWord = Annotated[str, line(40), Field(pattern="^[^;]*$", examples=["summer reading"])]
Tags = Annotated[
    list[TagWord],
    Field(
        max_length=MOST_TAGS,
        description="Short words by which staff gather it, kept in small letters and in the order of the alphabet."
        " Shown to everybody.",
    ),
]


class AttributeRequest(StrictJsonBody):
    """What this library alone says, under a name of its own."""

    name: Annotated[str, line(LONGEST_NAME), Field(pattern=f"^{NAME}$", examples=["donor"])]
    value: Annotated[str, line(LONGEST_VALUE)]


Attributes = Annotated[
    list[AttributeRequest],
    Field(
        max_length=MOST_ATTRIBUTES,
        description="What this library alone says of it, in the order of the names. Shown to everybody.",
    ),
]
NamedAttribute = Annotated[
    str,
    line(LONGEST_NAME + LONGEST_VALUE + 1),
    Field(pattern=f"^{NAME}:.{{1,{LONGEST_VALUE}}}$", examples=["donor:Ada"]),
]
ExternalId = Annotated[str, line(100), Field(description="Its key in the system that it came from.")]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31), examples=["2026-03-02"])]

_DAY = TypeAdapter(Day)
_MOMENT = TypeAdapter[datetime](Moment)


def _day_or_moment(value: Any) -> date | datetime:
    is_day = isinstance(value, str) and len(value) == len("2026-03-02")
    return _DAY.validate_python(value) if is_day else _MOMENT.validate_python(value)


DayOrMoment = Annotated[
    Any,
    PlainValidator(_day_or_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-03-02", "2026-03-01T09:30:00Z"]}),
]
"""A day from 1900 to 2999, or a moment with its zone: a `date` or a `datetime`."""

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
