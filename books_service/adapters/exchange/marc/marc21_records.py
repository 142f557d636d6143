"""MARC 21 in ISO 2709. Records are split at their terminators: the lengths that they state are often wrong."""

import re
from collections.abc import AsyncIterator, Sequence
from itertools import accumulate

from pymarc import Field, Indicators, Leader, Record, Subfield
from pymarc.marc8 import marc8_to_unicode

from books_service.adapters.exchange.marc.authorities import raw_authority_of
from books_service.adapters.exchange.marc.fields import raw_fields_of
from books_service.adapters.exchange.marc.items import items_of
from books_service.adapters.exchange.marc.overlay import export_record
from books_service.adapters.exchange.marc.refusals import (
    MOST_BYTES,
    MOST_FIELDS,
    MOST_SUBFIELDS,
    MarcDeleted,
    MarcDirectoryBroken,
    MarcTextBroken,
    MarcTooLong,
    NoMarc,
)
from books_service.adapters.exchange.marc.signs import code_of, indicator_of, tag_of
from books_service.adapters.exchange.marc.sources import source_of
from books_service.application.exchange.ports import ExportedBook, IncomingRecord, ReadingOptions
from books_service.application.exchange.reading_options import AUTHORITIES
from books_service.domain.exchange.marc_rules import is_control
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import unpacked
from shared.kernel.pace import Pace
from shared.record_files.texts import RecordUnreadable

_ESCAPE, END_OF_RECORD, _END_OF_FIELD, _DELIMITER = b"\x1b", b"\x1d", b"\x1e", b"\x1f"
_LEADER_LENGTH, _ENTRY_LENGTH = 24, 12
BLANK = b"\0\t\n\r \x1a"
LEADER = re.compile(rb"[0-9]{5}[ -~]{19}")
_LIKELY_LEADER = re.compile(rb"[0-9]{5}[ -~]{5}[0-9 ]{2}[0-9]{5}[ -~]{3}4[0-9 ]{3}")
_ENTRY = re.compile(rb"[0-9A-Za-z]{3}[0-9]{9}")
# Every byte that is a combining mark in some alphabet of MARC-8: no text has so many of them in a row.
_HEAP_OF_MARKS = re.compile(rb"[\x21-\x27\x40-\x4e\x6b-\x72\xa1-\xa7\xc0-\xce\xe0-\xfe]{31}")
_LONGEST_IN_MARC_8 = 16 * 1024  # bytes of a text: they are decoded one by one, and the format has room for 9,999
_LONGEST_RECORD, _LONGEST_FIELD, _FARTHEST = 99_999, 9_999, 99_999  # what the digits have room for


async def read_marc(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[IncomingRecord]:
    """Read MARC 21 records in UTF-8 or MARC-8.

    Wrong lengths, a wrong base address, garbage between records and odd indicators do not matter; a broken directory is
    reported, and the fields are taken in its order. Raises NoMarc or FilePacked.
    """
    number, anything, found, pace = 0, False, False, Pace()
    async for chunk, is_closed in _chunks(unpacked(pieces)):
        await pace()
        bare = chunk.lstrip(BLANK)
        anything = anything or bool(bare)
        leader = LEADER.match(bare) or _LIKELY_LEADER.search(bare)
        if not bare or not (leader or found):
            continue
        found = True
        number += 1
        if (
            len(chunk) > MOST_BYTES
            or chunk.count(_END_OF_FIELD) > MOST_FIELDS
            or chunk.count(_DELIMITER) > MOST_SUBFIELDS
        ):
            yield IncomingRecord(number, {}, MarcTooLong())
        elif leader is None:
            yield IncomingRecord(number, {}, RecordUnreadable("There is no leader at the beginning of this record."))
        elif not is_closed:
            yield IncomingRecord(number, {}, RecordUnreadable("The file breaks off in the middle of this record."))
        else:
            record, wrong = await _parsed(bare[leader.start() :], pace)
            await pace()
            yield parse_marc_record(number, record, wrong, options=options)
    if anything and not found:
        raise NoMarc


def parse_marc_record(
    number: int, record: Record, wrong: Sequence[LibraryError] = (), *, options: ReadingOptions
) -> IncomingRecord:
    """Return a MARC record as a record of a file, from whichever of the two formats."""
    if str(record.leader)[5:6] == "d":
        return IncomingRecord(number, {}, MarcDeleted())
    if options.what == AUTHORITIES:
        raw_fields, unread = raw_authority_of(record)
        return IncomingRecord(number, raw_fields, wrong=tuple(wrong), left_out=tuple(unread))
    items, left_out = items_of(record, options.items)
    return IncomingRecord(
        number,
        raw_fields_of(record),
        wrong=tuple(wrong),
        copies=tuple(items),
        left_out=tuple(left_out),
        source=source_of(record),
    )


def write_marc(book: ExportedBook) -> bytes:
    """Return `book` as a MARC 21 record in UTF-8."""
    return marc21_of(export_record(book))


def marc21_of(record: Record) -> bytes:
    """Return a record in UTF-8.

    A length or offset that does not fit its digits is written as nines, as by marc4j: `read_marc` needs neither.
    """
    directory, data = b"", b""
    for field in record.fields:
        raw = field.as_marc("utf-8")
        length, place = min(len(raw), _LONGEST_FIELD), min(len(data), _FARTHEST)
        directory += f"{field.tag}{length:04}{place:05}".encode()
        data += raw
    base = _LEADER_LENGTH + len(directory) + 1
    length = min(base + len(data) + 1, _LONGEST_RECORD)
    leader = str(record.leader)
    head = f"{length:05}{leader[5:12]}{base:05}{leader[17:]}".encode()
    return head + directory + _END_OF_FIELD + data + END_OF_RECORD


async def _chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """Split a file at its terminators; yield each chunk, truncated if too long, and whether it was terminated."""
    held = bytearray()
    too_long = False
    async for piece in pieces:
        *ended, rest = piece.split(END_OF_RECORD)
        for chunk in ended:
            if not too_long:
                held += chunk
            yield bytes(held), True
            held, too_long = bytearray(), False
        if not too_long:
            held += rest
        too_long = len(held) > MOST_BYTES
    if held:
        yield bytes(held), False


async def _parsed(chunk: bytes, pace: Pace) -> tuple[Record, list[LibraryError]]:
    """Return the record that `chunk` holds, and what is wrong with it."""
    record, wrong = Record(), list[LibraryError]()
    record.leader = Leader(chunk[:_LEADER_LENGTH].decode("ascii"))
    pairs, is_whole = pairs_of(chunk)
    if not is_whole:
        wrong.append(MarcDirectoryBroken())
    for name, raw in pairs:
        await pace()
        tag = tag_of(name)
        try:
            record.fields.append(_field(tag, raw, in_utf8=says_utf8(chunk)))
        except UnicodeDecodeError:
            wrong.append(MarcTextBroken(tag))
    return record, wrong


def says_utf8(chunk: bytes) -> bool:
    """Whether the leader says that the record is in UTF-8, and not in MARC-8."""
    return chunk[9:10] == b"a"


def pairs_of(chunk: bytes) -> tuple[list[tuple[str, bytes]], bool]:
    """Return tags and fields as they stand in a record, and whether its directory and fields agree."""
    directory, _, data = chunk[_LEADER_LENGTH:].partition(_END_OF_FIELD)
    raws = data.removesuffix(_END_OF_FIELD).split(_END_OF_FIELD) if data else []
    entries = [directory[at : at + _ENTRY_LENGTH] for at in range(0, len(directory), _ENTRY_LENGTH)]
    pairs, is_whole = _by_place(entries, raws), True
    if pairs is None:
        pairs = [(entry[:3], raw) for entry, raw in zip(entries, raws, strict=False)]
        is_whole = len(entries) == len(raws) and all(map(_ENTRY.fullmatch, entries))
    return [(name.decode("ascii", "replace"), raw) for name, raw in pairs], is_whole


def _by_place(entries: Sequence[bytes], raws: Sequence[bytes]) -> list[tuple[bytes, bytes]] | None:
    """Return tags and fields as the directory says; None: it points to a place where no field begins."""
    if not all(map(_ENTRY.fullmatch, entries)):
        return None
    beginnings = accumulate((len(raw) + 1 for raw in raws), initial=0)
    at = dict(zip(beginnings, raws, strict=False))
    places = [int(entry[7:]) for entry in entries]
    if len(set(places)) < len(places) or not at.keys() >= set(places):
        return None
    return [(entry[:3], at[place]) for entry, place in zip(entries, places, strict=True)]


def _field(tag: str, raw: bytes, *, in_utf8: bool) -> Field:
    if is_control(tag):
        return Field(tag, data=text_of(raw, in_utf8=in_utf8))
    head, parts = parts_of(raw)
    subfields = [Subfield(code_of(code), text_of(part, in_utf8=in_utf8)) for code, part in parts]
    return Field(tag, indicators=Indicators(*map(indicator_of, head.ljust(2))), subfields=subfields)


def parts_of(raw: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the indicators of a data field and its subfields, as they stand there."""
    head, *parts = raw.split(_DELIMITER)
    return head[:2].decode("latin-1"), [(part[:1].decode("latin-1"), part[1:]) for part in parts if part]


def text_of(raw: bytes, *, in_utf8: bool) -> str:
    """Decode text; records that should be in MARC-8 often are in UTF-8, which MARC-8 never looks like.

    Raises UnicodeDecodeError.
    """
    if _ESCAPE not in raw:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            if in_utf8:
                raise
    if len(raw) > _LONGEST_IN_MARC_8:
        raise UnicodeDecodeError("marc8", raw[:1], 0, 1, "too long a text")
    if found := _HEAP_OF_MARKS.search(raw):  # decoding puts the marks of each letter in order
        raise UnicodeDecodeError("marc8", raw, found.start(), found.end(), "too many marks on one letter")
    text: str = marc8_to_unicode(raw, hide_utf8_warnings=True)
    return text
