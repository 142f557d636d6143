"""MARCXML: the records of a file, each cut out and read by itself; no document type, and so no entities."""

import re
from collections.abc import AsyncIterator, Iterator
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pymarc import Field, Indicators, Leader, Record, Subfield

from books_service.adapters.exchange.marc.marc21_records import parse_marc_record
from books_service.adapters.exchange.marc.overlay import export_record
from books_service.adapters.exchange.marc.refusals import NoMarcXml, XmlWithDtd
from books_service.adapters.exchange.marc.signs import code_of, indicator_of, leader_of, tag_of
from books_service.application.exchange.ports import ExportedBook, IncomingRecord, ReadingOptions
from books_service.domain.exchange.marc_rules import is_control
from shared.kernel.pace import Pace
from shared.record_files.texts import (
    MOST_CHARACTERS,
    RecordNotUtf8,
    RecordTooLong,
    RecordUnreadable,
    is_broken,
    texts,
)

_LONGEST_TAG = 2000
_NAMESPACE = r"(?:[\w.-]{1,50}+:)?+"
_MARK = re.compile(  # all begin alike, so that the place of that one character is found before any is tried
    rf"<(?:{_NAMESPACE}(?:"  # read once, for most tags are none of these
    rf"(?P<begin>record(?:/?>|\s[^<>]{{0,{_LONGEST_TAG - 100}}}+[^<]))|(?P<collection>collection[\s>/]))"
    rf"|(?P<end>/{_NAMESPACE}record\s*+>)|(?P<comment>!--)|(?P<definition>!(?:DOCTYPE|ENTITY)))"
)
_COMMENT_END = re.compile("-->")
_FIELD = re.compile(rf"<{_NAMESPACE}(?:leader|controlfield|datafield)[\s>/]")
_PREFIX = re.compile(r"(</?)[\w.-]+:")


async def read_marcxml(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[IncomingRecord]:
    """Read MARCXML records, in any namespace and wherever they stand in a document.

    Raises XmlWithDtd, NoMarcXml, or that the file cannot be decoded.
    """
    number, pace = 0, Pace()
    async for chunk in _chunks(pieces):
        await pace()
        number += 1
        try:
            yield parse_marc_record(number, _record(chunk), options=options)
        except (RecordUnreadable, RecordNotUtf8, RecordTooLong) as error:
            yield IncomingRecord(number, {}, error)


def write_marcxml(book: ExportedBook, *, namespace: str = "") -> str:
    """Return `book` as an element: in `namespace` if one is named, else in that of its collection."""
    return marcxml_of(export_record(book), namespace=namespace)


def marcxml_of(record: Record, *, namespace: str = "") -> str:
    """Return a record as an element, in its own namespace if one is named."""
    begin = f'<record xmlns="{namespace}">' if namespace else "<record>"
    lines = [begin, f"  <leader>{escape(str(record.leader))}</leader>"]
    for field in record.fields:
        if field.data is not None:
            lines.append(f'  <controlfield tag="{quoted(field.tag)}">{_escaped(field.data)}</controlfield>')
            continue
        indicators = f'ind1="{quoted(field.indicator1)}" ind2="{quoted(field.indicator2)}"'
        lines.append(f'  <datafield tag="{quoted(field.tag)}" {indicators}>')
        lines += [
            f'    <subfield code="{quoted(code)}">{_escaped(value)}</subfield>' for code, value in field.subfields
        ]
        lines.append("  </datafield>")
    return "\n".join([*lines, "</record>", ""])


def _escaped(text: str) -> str:
    return escape(text).replace("\r", "&#13;")  # else who reads it makes a line feed of it


def quoted(text: str) -> str:
    """Return `text` as an attribute in double quotes holds it."""
    return escape(text, {'"': "&quot;"})


async def _chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Split a file into its records; one that is too long, or not closed, comes truncated."""
    splitter = _RecordSplitter()
    anything = False
    async for text in texts(pieces):
        anything = anything or not text.isspace()
        for chunk in splitter.split(text):
            yield chunk
    if (rest := splitter.rest()) is not None:
        yield rest
    if anything and not splitter.is_marc:
        raise NoMarcXml


class _RecordSplitter:
    """Splits a document that comes in piece by piece into records, and holds no more of it than one.

    Other formats (SRU, OAI-PMH) wrap a MARC record in a record of their own: one that begins inside a record without
    fields is the MARC record, and one that begins inside a record with fields shows that this was never closed.
    """

    def __init__(self) -> None:
        self.is_marc = False
        self._held = ""
        self._searched_to = 0  # no mark is left before it
        self._begun: int | None = None
        self._commented = False

    def split(self, text: str) -> Iterator[str]:
        """Return the records that end in `text`. Raises XmlWithDtd."""
        self._held += text
        while mark := (_COMMENT_END if self._commented else _MARK).search(self._held, self._searched_to):
            self._searched_to = mark.end()
            match mark.lastgroup:
                case "begin":
                    yield from self._begin(mark)
                case "end":
                    yield from self._end(mark.end())
                case "collection":
                    self.is_marc = True
                case "definition" if self._begun is None:
                    raise XmlWithDtd
                case kind:
                    self._commented = kind == "comment" and self._begun is None
        self._drop_read()

    def rest(self) -> str | None:
        """Return the record that has begun and is not closed; None: there is none."""
        return None if self._begun is None else self._held[self._begun :]

    def _begin(self, mark: re.Match[str]) -> Iterator[str]:
        self.is_marc = True
        if self._begun is not None:
            before = self._held[self._begun : mark.start()]
            if _FIELD.search(before) or len(before) > MOST_CHARACTERS:
                yield before
        self._begun = mark.start()
        if mark[0].endswith("/>"):
            yield from self._end(mark.end())

    def _end(self, place: int) -> Iterator[str]:
        if self._begun is not None:
            yield self._held[self._begun : place]
        self._begun = None

    def _drop_read(self) -> None:
        """Drop what was searched, but for an open record, and for the end, where half a mark may stand."""
        first = len(self._held) - _LONGEST_TAG if self._begun is None else self._begun
        if first > 0:
            self._held, self._searched_to = self._held[first:], self._searched_to - first
            self._begun = None if self._begun is None else 0
        surplus = len(self._held) - (MOST_CHARACTERS + 1) - _LONGEST_TAG
        if surplus > 0:
            self._held, self._searched_to = (
                self._held[: MOST_CHARACTERS + 1] + self._held[-_LONGEST_TAG:],
                self._searched_to - surplus,
            )
        self._searched_to = max(0, self._searched_to, len(self._held) - _LONGEST_TAG)


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
    return record_of(root)


def record_of(root: Element) -> Record:
    """Return the record that an element holds."""
    record = Record()
    leader = next((element.text or "" for element in root if local_name(element) == "leader"), "")
    record.leader = Leader(leader_of(leader))
    record.fields += [_field(element) for element in root if local_name(element) in {"controlfield", "datafield"}]
    return record


def _field(element: Element) -> Field:
    """Return a field as its tag says, whichever element it came in."""
    tag = tag_of(element.get("tag", ""))
    parts = [part for part in element if local_name(part) == "subfield"]
    if is_control(tag):
        return Field(tag, data=_text(element) if not parts else " ".join(map(_text, parts)))
    indicators = [indicator_of(element.get(name, " ")) for name in ("ind1", "ind2")]
    subfields = [Subfield(code_of(part.get("code", "")), _text(part)) for part in parts]
    if local_name(element) == "controlfield":
        subfields = [Subfield("a", _text(element))]
    return Field(tag, indicators=Indicators(*indicators), subfields=subfields)


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _text(element: Element) -> str:
    return element.text or ""
