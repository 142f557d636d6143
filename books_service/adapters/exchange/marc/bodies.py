"""One MARC record as the body of a request or an answer, in three forms.

Read as it stands, so that whoever sends it hears what is wrong with it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pymarc import Record

from books_service.adapters.exchange.marc.fields import raw_fields_of
from books_service.adapters.exchange.marc.files import NAMESPACE
from books_service.adapters.exchange.marc.items import describes_copy, for_the_public
from books_service.adapters.exchange.marc.marc21_records import (
    BLANK,
    END_OF_RECORD,
    LEADER,
    marc21_of,
    pairs_of,
    parts_of,
    says_utf8,
    text_of,
)
from books_service.adapters.exchange.marc.marcxml_records import local_name, marcxml_of
from books_service.adapters.exchange.marc.overlay import laid_over_source
from books_service.adapters.exchange.marc.sources import as_source, is_our_id, record_from
from books_service.application.exchange.ports import ExportedBook
from books_service.domain.catalogue.record import RawField
from books_service.domain.exchange.marc_rules import InvalidMarcText, NoMarcRecord, is_control, normal_leader
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.viewer import Viewer
from shared.kernel.errors import refuse_if_any


def read_body(media_type: str, content: bytes) -> SourceRecord:
    """Return the one record of a body, without the id that a book has here. Raises NoMarcRecord or InvalidMarcText."""
    leader, fields = _READERS[media_type](content)
    return SourceRecord(normal_leader(leader), tuple(each for each in fields if len(each) < 3 or not is_our_id(each)))


def write_body(media_type: str, record: SourceRecord) -> bytes:
    """Return a record in this form."""
    return _WRITERS[media_type](record)


def shown_record(book: ExportedBook, viewer: Viewer) -> SourceRecord:
    """Return the record of a book as it is read and edited: without the fields that describe its copies."""
    record = laid_over_source(book)
    if not viewer.reads_staff_fields:
        record.fields = [*for_the_public(record.fields)]
    return own_fields(record)


def own_fields(record: Record) -> SourceRecord:
    """Return a record without the fields that describe copies."""
    source = as_source(record)
    fields = tuple(field for field in source.fields if not describes_copy(field))
    return SourceRecord(normal_leader(source.leader.ljust(24)), fields)


def with_copies_of(record: SourceRecord, stored: SourceRecord | None) -> SourceRecord:
    """Return what is to be stored of a record: with the fields of copies that are stored, which it does not show."""
    fields = list(record.fields)
    for field in () if stored is None else filter(describes_copy, stored.fields):
        behind = [place for place, other in enumerate(fields) if other[0] <= field[0]]
        fields.insert(behind[-1] + 1 if behind else 0, field)
    return SourceRecord(record.leader, tuple(fields))


def raw_fields_in(record: SourceRecord) -> Mapping[str, RawField]:
    """Return what a record says, under our field names."""
    return raw_fields_of(record_from(record))


def _read_marc21(content: bytes) -> tuple[str, list[Any]]:
    chunk, end, rest = content.strip(BLANK).partition(END_OF_RECORD)
    if not end or rest or not LEADER.match(chunk):
        raise NoMarcRecord(form="MARC 21")
    pairs, is_whole = pairs_of(chunk)
    if not is_whole:
        raise NoMarcRecord(form="MARC 21")
    fields, wrong = list[Any](), list[InvalidMarcText]()
    for number, (tag, raw) in enumerate(pairs):
        indicators, parts = ("", [("", raw)]) if is_control(tag) else parts_of(raw)
        texts = [[code, _decoded(part, in_utf8=says_utf8(chunk))] for code, part in parts]
        wrong += [_broken_text(number, tag, code) for code, text in texts if text is None]
        fields.append([tag, texts[0][1]] if is_control(tag) else [tag, indicators, texts])
    refuse_if_any(wrong)
    return chunk[:24].decode("ascii"), fields


def _decoded(raw: bytes, *, in_utf8: bool) -> str | None:
    try:
        return text_of(raw, in_utf8=in_utf8)
    except UnicodeDecodeError:
        return None


def _broken_text(number: int, tag: str, code: str | None) -> InvalidMarcText:
    return InvalidMarcText(
        f"Field {tag} is not in the encoding that place 9 of the leader names: a for UTF-8, blank for MARC-8.",
        field=f"fields.{number}.{tag}",
        tag=tag,
        **({"subfield": code} if code else {}),
    )


def _read_marcxml(content: bytes) -> tuple[str, list[Any]]:
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise NoMarcRecord(form="MARCXML") from None
    records = [root] if local_name(root) == "record" else [each for each in root if local_name(each) == "record"]
    if len(records) != 1:
        raise NoMarcRecord(form="MARCXML")
    leaders = [each.text or "" for each in records[0] if local_name(each) == "leader"]
    return "".join(leaders[:1]), list(_xml_fields(records[0]))


def _xml_fields(record: Element) -> Iterator[list[Any]]:
    for each in record:
        tag = each.get("tag", "")
        if local_name(each) == "controlfield":
            yield [tag, each.text or ""]
        elif local_name(each) == "datafield":
            parts = [[part.get("code", ""), part.text or ""] for part in each if local_name(part) == "subfield"]
            yield [tag, each.get("ind1", "") + each.get("ind2", ""), parts]


def _read_json(content: bytes) -> tuple[str, list[Any]]:
    try:
        whole = json.loads(content, object_pairs_hook=_unique)
        if {*whole} != {"leader", "fields"} or not isinstance(whole["leader"], str):
            raise NoMarcRecord(form="MARC-in-JSON")
        return whole["leader"], [_json_field(each) for each in whole["fields"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NoMarcRecord(form="MARC-in-JSON") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _json_field(field: Mapping[str, Any]) -> list[Any]:
    ((tag, value),) = field.items()
    if isinstance(value, str):
        return [tag, value]
    if {*value} != {"ind1", "ind2", "subfields"}:
        raise ValueError(tag)
    parts = [[code, text] for part in value["subfields"] for code, text in (*part.items(),)]
    if not all(isinstance(text, str) for text in (value["ind1"], value["ind2"], *(text for _, text in parts))):
        raise TypeError(tag)
    return [tag, value["ind1"] + value["ind2"], parts]


def _write_json(record: SourceRecord) -> bytes:
    return json.dumps(record.in_json(), ensure_ascii=False).encode()


def element_of(record: SourceRecord) -> str:
    """Return a record as an element of a MARCXML collection."""
    return marcxml_of(record_from(record))


def _write_marcxml(record: SourceRecord) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{marcxml_of(record_from(record), namespace=NAMESPACE)}'.encode()


_READERS: Mapping[str, Callable[[bytes], tuple[str, list[Any]]]] = {
    "application/marc": _read_marc21,
    "application/marcxml+xml": _read_marcxml,
    "application/marc-in-json": _read_json,
}
_WRITERS: Mapping[str, Callable[[SourceRecord], bytes]] = {
    "application/marc-in-json": _write_json,
    "application/marcxml+xml": _write_marcxml,
    "application/marc": lambda record: marc21_of(record_from(record)),
}
