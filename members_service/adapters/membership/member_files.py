"""Files of members: JSON, as an array or one object after the other, and CSV with the names of its columns."""

import csv
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from members_service.adapters.membership.member_file_text import (
    MOST_CHARACTERS,
    FileNotRead,
    RecordUnreadable,
    end_of_line,
    lines,
    more,
    rows,
    texts,
)
from members_service.application.membership.moving_in.import_jobs import FormatNotSupported
from members_service.application.membership.moving_in.member_file import FiledMember, FileRecord, InvalidMapping
from members_service.domain.membership.guardian import Guarding
from members_service.domain.membership.named_member import NamedMember
from members_service.domain.membership.personal_details import Address, Note
from shared.kernel.errors import InvalidValue, LibraryError, Refusals

_BETWEEN = re.compile(r"[\s,\[\]\ufeff]*")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_Pieces = AsyncIterator[bytes]


class FieldInvalid(InvalidValue):
    """A field of a record cannot be what it says."""

    code = "invalid-field"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)


def _clean(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise ValueError("it holds control characters")
    return text


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


_CLEAN, _EMPTY = AfterValidator(_clean), BeforeValidator(_none_if_empty)
_Day = Annotated[date | None, _EMPTY]


class _AddressInFile(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    street: Annotated[Annotated[str, Field(max_length=300), _CLEAN] | None, _EMPTY] = None
    postal_code: Annotated[Annotated[str, Field(max_length=20), _CLEAN] | None, _EMPTY] = None
    city: Annotated[Annotated[str, Field(max_length=100), _CLEAN] | None, _EMPTY] = None
    country: Annotated[Annotated[str, Field(max_length=60), _CLEAN] | None, _EMPTY] = None


class _NoteInFile(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    show_at_desk: bool = False


class _GuardianInFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    member_id: UUID | None = None
    card_number: Annotated[Annotated[str, Field(max_length=60), _CLEAN] | None, _EMPTY] = None
    may: Annotated[frozenset[Literal["see", "collect", "pay"]], Field(min_length=1)]


class _MemberInFile(BaseModel):
    """The fields that a record may have; what is absent or empty says nothing."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True)

    external_id: Annotated[Annotated[str, Field(max_length=200), _CLEAN] | None, _EMPTY] = None
    card_number: Annotated[Annotated[str, Field(max_length=60), _CLEAN] | None, _EMPTY] = None
    name: Annotated[Annotated[str, Field(max_length=200), _CLEAN] | None, _EMPTY] = None
    given_name: Annotated[Annotated[str, Field(max_length=100), _CLEAN] | None, _EMPTY] = None
    family_name: Annotated[Annotated[str, Field(max_length=100), _CLEAN] | None, _EMPTY] = None
    email: Annotated[Annotated[str, Field(max_length=254), _CLEAN] | None, _EMPTY] = None
    category: Annotated[Annotated[str, Field(max_length=40), _CLEAN] | None, _EMPTY] = None
    expires_on: _Day = None
    joined_on: _Day = None
    suspended_until: _Day = None
    phone: Annotated[Annotated[str, Field(max_length=40), _CLEAN] | None, _EMPTY] = None
    mobile: Annotated[Annotated[str, Field(max_length=40), _CLEAN] | None, _EMPTY] = None
    address: _AddressInFile | None = None
    date_of_birth: _Day = None
    language: Annotated[Annotated[str, Field(max_length=35), _CLEAN] | None, _EMPTY] = None
    home_branch: Annotated[Annotated[str, Field(max_length=40), _CLEAN] | None, _EMPTY] = None
    notes: Annotated[list[_NoteInFile], Field(max_length=20)] | None = None
    attributes: dict[str, Any] | None = None
    guardians: Annotated[list[_GuardianInFile], Field(max_length=10)] | None = None
    pin: Annotated[Annotated[str, Field(max_length=20), _CLEAN] | None, _EMPTY] = None

    def filed(self) -> FiledMember:
        apart = {"external_id", "card_number", "joined_on", "suspended_until", "pin", "guardians"}
        told = {name: value for name, value in self.model_dump(exclude=apart).items() if value is not None}
        if self.address is not None:
            told["address"] = Address.of(**self.address.model_dump())
        if self.notes is not None:
            told["notes"] = tuple(Note(**note.model_dump()) for note in self.notes)
        guardians = tuple(
            Guarding(NamedMember(one.member_id, one.card_number), frozenset(one.may)) for one in self.guardians or ()
        )
        return FiledMember(
            told, self.card_number, self.external_id, self.joined_on, self.suspended_until, self.pin, guardians
        )


FIELDS = (
    *(name for name in _MemberInFile.model_fields if name not in ("address", "notes", "attributes", "guardians")),
    *(f"address.{name}" for name in _AddressInFile.model_fields),
    "note",
    "guardian_card_number",
)
"""What a column of CSV may be mapped to, beside `attributes.` and the name of an attribute."""


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raise InvalidMapping unless each key is one of FIELDS or an attribute."""
    for name in mapping:
        if name not in FIELDS and not name.startswith("attributes."):
            raise InvalidMapping(f"A member has no field {name!r:.50}. The fields are {', '.join(FIELDS)}.")


async def read_json(pieces: _Pieces, mapping: Mapping[str, str]) -> AsyncIterator[FileRecord]:  # noqa: ARG001 - as CSV
    """Read members from an array of objects, or from objects that follow one another, as in JSON Lines."""
    decoder, source, held, ended, number = json.JSONDecoder(), texts(pieces), "", False, 0
    while True:
        held = held[_BETWEEN.match(held).end() :]  # type: ignore[union-attr] # matches the empty text, too
        if not held:
            if ended:
                return
            held, ended = await more(source)
            continue
        try:
            value, end = decoder.raw_decode(held)
        except (ValueError, RecursionError):
            if not ended and len(held) < MOST_CHARACTERS:
                further, ended = await more(source)
                held += further
                continue
            value, end = RecordUnreadable(), end_of_line(held)
        number += 1
        yield _record(number, value)
        held = held[end:]


async def read_csv(pieces: _Pieces, mapping: Mapping[str, str]) -> AsyncIterator[FileRecord]:
    """Read members from lines whose columns are named in the first one; separators are commas, semicolons or tabs."""
    source = lines(texts(pieces))
    first = await anext(source, None)
    if first is None:
        return
    separator = max(",;\t", key=first.count)
    header = [name.strip() for name in next(csv.reader([first.lstrip("\ufeff")], delimiter=separator))]
    places = _places(header, mapping)
    number = 0
    async for row in rows(source, separator):
        number += 1
        if isinstance(row, LibraryError):
            yield FileRecord(number, None, row)
        elif any(cell.strip() for cell in row):
            cells = {field: row[place].strip() for field, place in places.items() if place < len(row)}
            yield _record(number, _tree({field: text for field, text in cells.items() if text}))
        else:
            number -= 1


class MemberReaders:
    """Implements `import_jobs.Readers`."""

    def check(self, format: str, mapping: Mapping[str, str]) -> None:
        if format not in READERS:
            raise FormatNotSupported
        check_mapping(mapping)

    def read(self, format: str, pieces: _Pieces, mapping: Mapping[str, str]) -> AsyncIterator[FileRecord]:
        return READERS[format](pieces, mapping)


READERS: Mapping[str, Callable[[_Pieces, Mapping[str, str]], AsyncIterator[FileRecord]]] = {
    "json": read_json,
    "csv": read_csv,
}


def _places(header: list[str], mapping: Mapping[str, str]) -> dict[str, int]:
    by_name = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
    usual = {name: name for name in FIELDS} | {name: name for name in header if name.startswith("attributes.")}
    usual |= {f"address.{name}": name for name in _AddressInFile.model_fields if name in by_name}
    places: dict[str, int] = {}
    for field, column in {**usual, **mapping}.items():
        place = by_name.get(column.strip().casefold())
        if place is not None:
            places[field] = place
        elif field in mapping:
            raise FileNotRead(f"The file has no column {column!r:.60}. Its columns are: {', '.join(header)[:500]}.")
    return places


def _tree(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return the cells of a row as the object that JSON would have."""
    tree: dict[str, Any] = {}
    for name, text in cells.items():
        group, _, part = name.partition(".")
        if part:
            tree.setdefault(group, {})[part] = text
        elif name == "note":
            tree["notes"] = [{"text": text}]
        elif name == "guardian_card_number":
            cards = [card.strip() for card in text.split(";") if card.strip()]
            tree["guardians"] = [{"card_number": card, "may": ["see", "collect", "pay"]} for card in cards]
        else:
            tree[name] = text
    return tree


def _record(number: int, value: Any) -> FileRecord:
    if not isinstance(value, dict):
        return FileRecord(number, None, value if isinstance(value, LibraryError) else RecordUnreadable())
    called = next((str(value[name])[:60] for name in ("external_id", "card_number") if value.get(name)), None)
    try:
        return FileRecord(number, called, _MemberInFile.model_validate(value).filed())
    except ValidationError as error:
        faults = [FieldInvalid(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()[:20]]
        return FileRecord(number, called, faults[0] if len(faults) == 1 else Refusals(faults))
    except LibraryError as error:
        return FileRecord(number, called, error)
