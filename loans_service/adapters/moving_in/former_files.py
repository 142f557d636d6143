"""Files of loans, holds and debts: JSON, as an array or one object after the other, and CSV."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from loans_service.application.moving_in.take_in import UnknownRecords, What
from loans_service.domain.holds.hold import HoldKind
from loans_service.domain.moving_in.former_records import FormerDebt, FormerHold, FormerLoan
from shared.kernel.currencies import in_minor_units
from shared.kernel.file_records import FileRecord, FormatNotSupported, InvalidMapping
from shared.kernel.import_profiles import NO_RULES, Importable, ImportRules
from shared.record_files import records
from shared.record_files.records import EMPTY, RecordShape, Text

_FORMATS = ("json", "csv")
_DECIMAL = re.compile(r"(-?\d+)[.,](\d{1,4})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HIGHEST = 1_000_000_000
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
"""The years of valid days, as in requests over HTTP."""


def _moment(value: Any) -> Any:
    """Read a day, or a moment with or without a zone."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write a day, 2026-03-01, or a moment, 2026-03-01T09:30:00Z") from None


def _minor_units(value: Any, info: ValidationInfo) -> Any:
    """Read an amount in minor units; a text with a point or comma is in major units: in euros 2.50 is 250."""
    if not isinstance(value, str) or not (found := _DECIMAL.fullmatch(value.strip())):
        return value
    return in_minor_units(found[1], found[2], (info.context or {})["currency"])


def _countable(value: date) -> date:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"write a year from {_FIRST_YEAR} to {_LAST_YEAR}; leave out what never comes")
    return value


_Moment = Annotated[datetime | date, BeforeValidator(_moment), AfterValidator(_countable)]
_MomentIfAny = Annotated[_Moment | None, EMPTY]
_DayIfAny = Annotated[Annotated[date, AfterValidator(_countable)] | None, EMPTY]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Count = Annotated[int, Field(ge=0, le=10_000)]


class _LoanInFile(RecordShape):
    barcode: _Name
    card_number: _Name
    checked_out_at: _Moment
    due_at: _Moment
    renewals: Annotated[_Count | None, EMPTY] = None
    branch: Text = Field(None, max_length=40)
    status: Annotated[Literal["open", "lost", "claimed_returned"] | None, EMPTY] = None
    status_since: _MomentIfAny = None
    external_id: Text = Field(None, max_length=200)


class _HoldInFile(RecordShape):
    isbn: Text = Field(None, max_length=40)
    book_id: Text = Field(None, max_length=40)
    book: Text = Field(None, max_length=100)
    volume: Text = Field(None, max_length=100)
    barcode: Text = Field(None, max_length=64)
    card_number: _Name
    placed_at: _Moment
    pickup_branch: Text = Field(None, max_length=40)
    status: Annotated[Literal["waiting", "in_transit", "ready"] | None, EMPTY] = None
    copy_barcode: Text = Field(None, max_length=64)
    pickup_until: _MomentIfAny = None
    not_before: _DayIfAny = None
    expires_on: _DayIfAny = None
    suspended: Annotated[bool | None, EMPTY] = None
    suspended_until: _MomentIfAny = None
    comment: Text = Field(None, max_length=500)
    kind: Annotated[HoldKind | None, EMPTY] = None
    external_id: Text = Field(None, max_length=200)


class _DebtInFile(RecordShape):
    card_number: _Name
    reason: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    amount: Annotated[int, BeforeValidator(_minor_units), Field(ge=1, le=_HIGHEST)]
    paid: Annotated[Annotated[int, BeforeValidator(_minor_units), Field(ge=0, le=_HIGHEST)] | None, EMPTY] = None
    currency: Text = Field(None, pattern="^[A-Z]{3}$")
    since: _Moment
    barcode: Text = Field(None, max_length=64)
    note: Text = Field(None, max_length=1_000)
    external_id: Text = Field(None, max_length=200)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The fields of records of one kind, what they become, and the fields that name them in reports."""

    of_file: type[RecordShape]
    becomes: Callable[..., Any]
    called_by: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.of_file.model_fields)

    def former(self, record: RecordShape) -> Any:
        """Return what a record becomes, from its fields that are not None."""
        return self.becomes(**{name: value for name, value in record if value is not None})


_SHAPES: Mapping[str, _Shape] = {
    What.LOANS: _Shape(_LoanInFile, FormerLoan, ("external_id", "barcode")),
    What.HOLDS: _Shape(_HoldInFile, FormerHold, ("external_id", "copy_barcode", "barcode", "isbn")),
    What.FINES: _Shape(_DebtInFile, FormerDebt, ("external_id", "barcode", "card_number")),
}


def check(what: str, format: str, mapping: Mapping[str, str], rules: ImportRules = NO_RULES) -> None:
    """Raise UnknownRecords, FormatNotSupported, or InvalidMapping for an unknown field.

    Of the rules there is no choice here; raises InvalidMatch or InvalidProtect for any.
    """
    if what not in _SHAPES:
        raise UnknownRecords
    if format not in _FORMATS:
        raise FormatNotSupported(_FORMATS)
    fields = _SHAPES[what].fields
    if unknown := [name for name in mapping if name not in fields]:
        raise InvalidMapping(f"There is no field {unknown[0]!r:.50}. The fields are {', '.join(fields)}.")
    Importable().check(rules)


async def read_records(
    what: str, format: str, pieces: AsyncIterator[bytes], mapping: Mapping[str, str], *, currency: str
) -> AsyncIterator[FileRecord[Any]]:
    """Read the records of a file, amounts in the library's `currency`. Raises what `check` does, and FileUnusable."""
    check(what, format, mapping)
    shape = _SHAPES[what]
    if format == "json":
        raws = records.read_json(pieces)
    else:
        raws = records.read_csv(pieces, [(name, name) for name in shape.fields], mapping)
    async for raw in raws:
        yield records.record_of(
            raw, shape.of_file, shape.former, called_by=shape.called_by, context={"currency": currency}
        )
