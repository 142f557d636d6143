"""When is a MARC record well-formed? What it has already is not asked again: a record may come in dirty."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from books_service.domain.exchange.source_record import SourceRecord
from shared.kernel.errors import InvalidValue, Refused

LONGEST_FIELD, LONGEST_RECORD = 9_999, 99_999  # bytes: what the digits of ISO 2709 have room for
_LEADER_LENGTH = 24
_IN_LEADER = {5: "acnp", 6: "acdefgijkmoprt", 7: "abcdims"}
"""The places of a leader that are looked at, and what may stand there in the record of a book."""
_TAG = re.compile("(?!000)[0-9A-Za-z]{3}")
_INDICATORS = re.compile("[0-9a-z ]{2}")
_CODE = re.compile("[!-~]")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LENGTHS = {"005": 16, "006": 18, "008": 40}
_ONCE = {"001", "003", "005", "008", "245"}
_MAIN_ENTRIES = {"100", "110", "111", "130"}


class InvalidMarc(InvalidValue):
    """Something in a MARC record cannot be as it is. `field` leads to it in MARC-in-JSON."""

    code = "invalid-marc"
    field = "leader"


class NoMarcRecord(Refused):
    """The body is not one MARC record."""

    code = "no-marc-record"
    example: ClassVar[Mapping[str, Any] | None] = {"form": "MARCXML"}

    def __init__(self, form: str) -> None:
        super().__init__(f"The body is not one record in {form} that can be read. Send exactly one, whole.", form=form)


class InvalidMarcLeader(InvalidMarc):
    code = "invalid-marc-leader"


class InvalidMarcTag(InvalidMarc):
    code = "invalid-marc-tag"


class InvalidMarcField(InvalidMarc):
    """A field has another form than its tag asks for, is too long, or stands once too often."""

    code = "invalid-marc-field"


class InvalidMarcIndicator(InvalidMarc):
    code = "invalid-marc-indicator"


class InvalidMarcSubfield(InvalidMarc):
    code = "invalid-marc-subfield"


class InvalidMarcText(InvalidMarc):
    """A text holds what MARC cannot, or is not in the encoding of its record."""

    code = "invalid-marc-text"


class CopyInMarc(InvalidMarc):
    """A field describes a copy, which has an address of its own."""

    code = "marc-field-of-a-copy"
    example: ClassVar[Mapping[str, Any] | None] = {"tag": "952", "number": 12}

    def __init__(self, tag: str, number: int) -> None:
        super().__init__(
            f"Field {tag} describes a copy. Take it out here, and change the copy itself by its barcode.",
            field=f"fields.{number}.{tag}",
            tag=tag,
        )


class MarcRecordTooLong(InvalidMarc):
    """The record has more bytes than MARC 21 has room for."""

    code = "record-too-long"
    example: ClassVar[Mapping[str, Any] | None] = {"length": 120_000}

    def __init__(self, length: int) -> None:
        super().__init__(
            f"This record has {length} bytes, and MARC 21 has room for {LONGEST_RECORD}. Shorten its longest fields.",
            field="fields",
            length=length,
            limit=LONGEST_RECORD,
        )


def normal_leader(leader: str) -> str:
    """Return a leader with what describes a file, and not the book, as it is written: lengths, encoding, entry map."""
    if len(leader) != _LEADER_LENGTH:
        return leader
    return f"00000{leader[5:9]}a2200000{leader[17:20]}4500"


def is_control(tag: str) -> bool:
    """Whether a field with this tag holds a text alone, without indicators and subfields."""
    return tag < "010" and tag.isdigit()


def faults_of(record: SourceRecord, present: SourceRecord) -> Iterator[InvalidMarc]:
    """Yield what is wrong in `record` with all that `present` does not have already."""
    if record.leader != present.leader:
        yield from _of_leader(record.leader)
    known = list(present.fields)
    new = list[str]()
    for number, field in enumerate(record.fields):
        if field in known:
            known.remove(field)
        else:
            new.append(field[0])
            yield from _of_field(number, field)
    yield from _of_repeated(record.fields, new)
    length = _LEADER_LENGTH + sum(12 + _length(field) for field in record.fields) + 2
    if new and length > LONGEST_RECORD:
        yield MarcRecordTooLong(length)


def _of_leader(leader: str) -> Iterator[InvalidMarc]:
    if len(leader) != _LEADER_LENGTH or not (leader.isascii() and leader.isprintable()):
        yield InvalidMarcLeader(
            f"A leader has {_LEADER_LENGTH} characters of ASCII; this one has {len(leader)}, or others. "
            "Put blanks where it says nothing.",
            length=len(leader),
        )
        return
    for place, allowed in _IN_LEADER.items():
        if leader[place] not in allowed:
            yield InvalidMarcLeader(
                f"Place {place} of the leader of a book is one of {allowed}. Put one of these letters there.",
                position=place,
            )


def _of_field(number: int, field: Sequence[Any]) -> Iterator[InvalidMarc]:
    tag, first, *rest = field
    place = f"fields.{number}.{tag}"
    if not _TAG.fullmatch(tag):
        yield InvalidMarcTag(
            f"{tag:.10} is no tag. A tag is three letters or digits, such as 245.",
            field=f"fields.{number}",
            tag=tag[:10],
        )
    elif is_control(tag) == bool(rest):
        form = "a text alone, without subfields" if rest else "two indicators and subfields"
        yield InvalidMarcField(f"Field {tag} has {form}. Give it that form, or another tag.", field=place, tag=tag)
    elif not rest:
        yield from _of_control_field(place, tag, first)
    else:
        yield from _of_data_field(place, tag, first, rest[0])
    if (length := _length(field)) > LONGEST_FIELD:
        yield InvalidMarcField(
            f"Field {tag:.10} has {length} bytes, and room for {LONGEST_FIELD}. Shorten it, or make two of it.",
            field=place,
            tag=tag,
            length=length,
            limit=LONGEST_FIELD,
        )


def _of_control_field(place: str, tag: str, text: str) -> Iterator[InvalidMarc]:
    expected = _LENGTHS.get(tag)
    if expected is not None and len(text) != expected:
        yield InvalidMarcField(
            f"Field {tag} has {expected} characters, and this one {len(text)}. Put blanks where it says nothing.",
            field=place,
            tag=tag,
            length=len(text),
            limit=expected,
        )
    if _CONTROL.search(text):
        yield InvalidMarcText(f"Field {tag} holds a control character. Take it out.", field=place, tag=tag)


def _of_data_field(place: str, tag: str, indicators: str, subfields: Sequence[Sequence[str]]) -> Iterator[InvalidMarc]:
    if not _INDICATORS.fullmatch(indicators):
        yield InvalidMarcIndicator(
            f"Field {tag} has two indicators: digits, small letters, or blanks where they say nothing. Put such there.",
            field=place,
            tag=tag,
        )
    if not subfields:
        yield InvalidMarcField(
            f"Field {tag} has no subfield. Give it one, or leave the field out.", field=place, tag=tag
        )
    for number, (code, text) in enumerate(subfields):
        where = f"{place}.subfields.{number}"
        if not _CODE.fullmatch(code):
            yield InvalidMarcSubfield(
                f"The code of subfield {number + 1} of field {tag} is no letter, digit or sign. Put one there.",
                field=where,
                tag=tag,
                subfield=code[:10],
            )
        if _CONTROL.search(text):
            yield InvalidMarcText(
                f"Subfield {code:.10} of field {tag} holds a control character. Take it out.",
                field=f"{where}.{code}",
                tag=tag,
                subfield=code[:10],
            )


def _of_repeated(fields: Sequence[Sequence[Any]], new: Sequence[str]) -> Iterator[InvalidMarc]:
    counts = Counter(field[0] for field in fields)
    for tag in sorted(_ONCE & {*new}):
        if counts[tag] > 1:
            yield InvalidMarcField(f"Field {tag} stands there twice. Leave one of them out.", field="fields", tag=tag)
    mains = sum(counts[tag] for tag in _MAIN_ENTRIES)
    if mains > 1 and _MAIN_ENTRIES & {*new}:
        tag = min(_MAIN_ENTRIES & {*new})
        yield InvalidMarcField(
            f"A record has one main entry; beside {tag} stands another. Make 700, 710, 711 or 730 of it.",
            field="fields",
            tag=tag,
        )


def _length(field: Sequence[Any]) -> int:
    """Return how many bytes a field takes in ISO 2709, with its terminator."""
    _, first, *rest = field
    if not rest:
        return len(first.encode(errors="replace")) + 1
    return 3 + sum(2 + len(text.encode(errors="replace")) for _, text in rest[0])
