"""Files of members: JSON, as an array or one object after the other, and CSV with the names of its columns."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from members_service.domain.membership.filed_member import KEYS, FiledMember
from members_service.domain.membership.guardian import GuardianReference, Permission
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Address, Note
from shared.kernel.errors import InvalidValue, LibraryError
from shared.kernel.file_records import FileRecord, FormatNotSupported, InvalidMapping
from shared.kernel.import_profiles import Importable
from shared.kernel.imports import Start
from shared.record_files import records
from shared.record_files.records import EMPTY, Line, RecordShape, Text, clean

_Pieces = AsyncIterator[bytes]
MemberRecord = FileRecord[FiledMember]
_Day = Annotated[Annotated[date, Field(ge=date(1900, 1, 1))] | None, EMPTY]


class _AddressInFile(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    street: Text = Field(None, max_length=300)
    postal_code: Line = Field(None, max_length=20)
    city: Line = Field(None, max_length=100)
    country: Line = Field(None, max_length=60)


class _NoteInFile(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000), AfterValidator(clean)]
    show_at_desk: bool = False


class _GuardianInFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    member_id: UUID | None = None
    card_number: Line = Field(None, max_length=60)
    may: Annotated[frozenset[Permission], Field(min_length=1)]
    until: _Day = None


class _MemberInFile(RecordShape):
    external_id: Line = Field(None, max_length=200)
    card_number: Line = Field(None, max_length=60)
    name: Line = Field(None, max_length=200)
    given_name: Line = Field(None, max_length=100)
    family_name: Line = Field(None, max_length=100)
    email: Line = Field(None, max_length=254)
    category: Line = Field(None, max_length=40)
    expires_on: _Day = None
    joined_on: Annotated[Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))] | None, EMPTY] = None
    suspended_until: _Day = None
    phone: Line = Field(None, max_length=40)
    title: Line = Field(None, max_length=60)
    preferred_name: Line = Field(None, max_length=100)
    mobile: Line = Field(None, max_length=40)
    other_phone: Line = Field(None, max_length=40)
    address: _AddressInFile | None = None
    second_address: _AddressInFile | None = None
    date_of_birth: Annotated[date | None, EMPTY] = None
    language: Line = Field(None, max_length=35)
    home_branch: Line = Field(None, max_length=40)
    notes: Annotated[list[_NoteInFile], Field(max_length=20)] | None = None
    attributes: dict[str, Any] | None = None
    guardians: Annotated[list[_GuardianInFile], Field(max_length=10)] | None = None
    pin: Line = Field(None, max_length=20)
    reading_history: Annotated[ReadingHistory | None, EMPTY] = None

    def filed(self) -> FiledMember:
        apart = {"external_id", "card_number", "joined_on", "suspended_until", "pin", "guardians"}
        values = {name: value for name, value in self.model_dump(exclude=apart).items() if value is not None}
        for name, address in (("address", self.address), ("second_address", self.second_address)):
            if address is not None:
                values[name] = Address.of(**address.model_dump())
        if self.notes is not None:
            values["notes"] = tuple(Note(**note.model_dump()) for note in self.notes)
        guardians = tuple(
            GuardianReference(MemberReference(one.member_id, one.card_number), frozenset(one.may), one.until)
            for one in self.guardians or ()
        )
        return FiledMember(
            values, self.card_number, self.external_id, self.joined_on, self.suspended_until, self.pin, guardians
        )


_GROUPS = frozenset({"address", "second_address", "notes", "attributes", "guardians"})
FIELDS = (
    *(name for name in _MemberInFile.model_fields if name not in _GROUPS),
    *(f"{group}.{name}" for group in ("address", "second_address") for name in _AddressInFile.model_fields),
    "note",
    "guardian_card_number",
)
"""What a column of CSV may be mapped to, beside `attributes.` and the name of an attribute."""

_IMPORTABLE = Importable(
    KEYS, tuple(name for name in _MemberInFile.model_fields if name != "attributes"), "attributes."
)

MEMBERS = "members"


class UnknownRecords(InvalidValue):
    """Nothing of that kind is imported here."""

    code = "invalid-what"
    detail = "An import brings `members`."
    field = "what"


_USUAL = (
    *((name, name) for name in FIELDS),
    *((f"address.{name}", name) for name in _AddressInFile.model_fields),
)


def check(command: Start) -> None:
    """Raise UnknownRecords, FormatNotSupported, or InvalidMapping unless each key is one of FIELDS or an attribute.

    Raises InvalidMatch or InvalidProtect for rules that name something else.
    """
    format, mapping = command.format, command.mapping
    if command.what != MEMBERS:
        raise UnknownRecords
    if format not in READERS:
        raise FormatNotSupported(READERS)
    for name in mapping:
        if name not in FIELDS and not name.startswith("attributes."):
            raise InvalidMapping(f"A member has no field {name!r:.50}. The fields are {', '.join(FIELDS)}.")
    _IMPORTABLE.check(command.rules)


async def read_json(pieces: _Pieces, mapping: Mapping[str, str]) -> AsyncIterator[MemberRecord]:  # noqa: ARG001 - as CSV
    """Read members from an array of objects, or from objects that follow one another, as in JSON Lines."""
    async for raw in records.read_json(pieces):
        yield _record(raw)


async def read_csv(pieces: _Pieces, mapping: Mapping[str, str]) -> AsyncIterator[MemberRecord]:
    """Read members from lines whose columns are named in the first one; separators are commas, semicolons or tabs."""
    async for raw in records.read_csv(pieces, _USUAL, mapping, prefix="attributes."):
        yield _record(raw if isinstance(raw.value, LibraryError) else raw._replace(value=_tree(raw.value)))


READERS: Mapping[str, Callable[[_Pieces, Mapping[str, str]], AsyncIterator[MemberRecord]]] = {
    "json": read_json,
    "csv": read_csv,
}


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


def _record(raw: records.RawRecord) -> MemberRecord:
    called_by = ("external_id", "card_number")
    return records.record_of(raw, _MemberInFile, _MemberInFile.filed, called_by=called_by)
