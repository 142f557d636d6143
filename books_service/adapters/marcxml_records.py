"""MARCXML: the records of a file, each cut out and read by itself; no document type, and so no entities."""

import re
from collections.abc import AsyncIterator
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pymarc import Field, Indicators, Leader, Record, Subfield

from books_service.adapters.file_text import (
    MOST_CHARACTERS,
    RecordNotUtf8,
    RecordTooLong,
    RecordUnreadable,
    is_broken,
    texts,
)
from books_service.adapters.marc21_records import file_record
from books_service.adapters.marc_books import record_of
from books_service.application.import_books import FileUnusable
from books_service.application.ports import FileRecord, ReadingOptions
from books_service.domain.record import BookRecord

XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
XML_FOOT = "</collection>\n"
_BEGIN = re.compile(r"<(?:[\w.-]+:)?record(?=[\s>/])")
_END = re.compile(r"</(?:[\w.-]+:)?record\s*>")
_COLLECTION = re.compile(r"<(?:[\w.-]+:)?(?:collection|record)[\s>/]")
_PREFIX = re.compile(r"(</?)[\w.-]+:")
_LONGEST_TAG = 200


class XmlWithDtd(FileUnusable):
    """The file defines entities, or points to where they are."""

    code = "xml-with-dtd"

    def __init__(self) -> None:
        super().__init__("The file has a document type (DOCTYPE), which MARCXML needs not. Take it out.")


class NoMarcXml(FileUnusable):
    """There is no MARCXML in the file."""

    code = "no-marc-records"

    def __init__(self) -> None:
        super().__init__("The file holds no MARCXML: there is neither a collection nor a record in it.")


async def read_marcxml(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:  # noqa: ARG001 - a MARC record has no columns
    """Read MARCXML records, in any namespace and wherever they stand in a document.

    Raises XmlWithDtd, NoMarcXml, or that the file cannot be decoded.
    """
    number = 0
    async for chunk in _chunks(pieces):
        number += 1
        try:
            yield file_record(number, _record(chunk))
        except (RecordUnreadable, RecordNotUtf8, RecordTooLong) as error:
            yield FileRecord(number, {}, error)


def write_marcxml(book: BookRecord) -> str:
    """Return `book` as an element of a collection in the namespace of MARCXML."""
    record = record_of(book)
    lines = ["<record>", f"  <leader>{escape(str(record.leader))}</leader>"]
    for field in record.fields:
        if field.data is not None:
            lines.append(f'  <controlfield tag="{field.tag}">{escape(field.data)}</controlfield>')
            continue
        indicators = f'ind1="{field.indicator1}" ind2="{field.indicator2}"'
        lines.append(f'  <datafield tag="{field.tag}" {indicators}>')
        lines += [f'    <subfield code="{code}">{escape(value)}</subfield>' for code, value in field.subfields]
        lines.append("  </datafield>")
    return "\n".join([*lines, "</record>", ""])


async def _chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Cut a file into its records; what is too long, or not closed, comes cut off."""
    held, searched = "", 0
    is_inside = is_marc = anything = False
    async for text in texts(pieces):
        held += text
        anything = anything or not held.isspace()
        while True:
            if not is_inside:
                began = _BEGIN.search(held)
                before = held if began is None else held[: began.start()]
                if "<!DOCTYPE" in before or "<!ENTITY" in before:
                    raise XmlWithDtd
                is_marc = is_marc or _COLLECTION.search(held) is not None
                if began is None:
                    held = held[-_LONGEST_TAG:]
                    break
                held, is_inside, searched = held[began.start() :], True, 0
            ended = _END.search(held, searched)
            if ended is None:
                if len(held) > MOST_CHARACTERS + _LONGEST_TAG:
                    held = held[: MOST_CHARACTERS + 1] + held[-_LONGEST_TAG:]
                searched = max(0, len(held) - _LONGEST_TAG)
                break
            yield held[: ended.end()]
            held, is_inside = held[ended.end() :], False
    if is_inside:
        yield held
    if anything and not is_marc:
        raise NoMarcXml


def _record(chunk: str) -> Record:
    if len(chunk) > MOST_CHARACTERS:
        raise RecordTooLong
    if is_broken(chunk):
        raise RecordNotUtf8
    try:
        root = fromstring(_PREFIX.sub(r"\1", chunk), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        where = f" in its line {error.position[0]}" if isinstance(error, ParseError) else ""
        raise RecordUnreadable(f"This record is no XML{where}.") from None
    record = Record()
    leader = next((element.text or "" for element in root if _name(element) == "leader"), "")
    record.leader = Leader(leader[:24].ljust(24))
    record.fields += [_field(element) for element in root if _name(element) in {"controlfield", "datafield"}]
    return record


def _field(element: Element) -> Field:
    tag = element.get("tag", "")[:3]
    if _name(element) == "controlfield":
        return Field(tag, data=_text(element))
    indicators = [element.get(name, " ")[:1] or " " for name in ("ind1", "ind2")]
    parts = [Subfield(part.get("code", "")[:1], _text(part)) for part in element if _name(part) == "subfield"]
    return Field(tag, indicators=Indicators(*indicators), subfields=parts)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element) -> str:
    return element.text or ""
