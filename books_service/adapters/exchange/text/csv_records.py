"""CSV as spreadsheets write it: records by the columns' names, each bad one reported and stepped over."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from books_service.adapters.exchange.text.authority_trees import authority_cells, authority_of
from books_service.adapters.exchange.text.names import escaped, names_in, split_escaped
from books_service.adapters.exchange.text.record_trees import (
    NAMES,
    PARTS,
    SECOND_MATTERS,
    default_of,
    names_of_book,
    tree_of,
)
from books_service.application.exchange.ports import ExportedBook, IncomingRecord, ReadingOptions
from books_service.application.exchange.reading_options import (
    AUTHORITIES,
    BOOK_NAMES,
    COLUMNS,
    COPIES,
    COPY_COLUMNS,
    DEFAULT_SPLIT,
    FIELDS,
    REQUIRED,
    SINGULARS,
)
from books_service.domain.authorities.authority import AUTHORITY_FIELDS, AuthorityRecord
from books_service.domain.catalogue.record import RawField
from books_service.domain.stock.copy_record import COPY_FIELDS, CopyRecord
from shared.kernel.file_records import FileUnusable
from shared.record_files.csv_rows import CsvRows, TooManyColumns
from shared.record_files.records import printable
from shared.record_files.texts import RecordNotUtf8, is_broken

_PART = "|"  # stands between the parts of one contributor, identifier or series
_CALCULATES = frozenset("=+-@'\uff1d\uff0b\uff0d\uff20")
"""A spreadsheet takes a text that begins so for a formula; some do also with the wide forms."""


class ColumnNotFound(FileUnusable):
    code = "column-not-found"

    def __init__(self, column: str, header: Sequence[str]) -> None:
        found = ", ".join(printable(name) for name in header[:40]) or "none"
        super().__init__(f"The file has no column {printable(column)!r}. Its columns are: {found}.")


async def read_csv(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[IncomingRecord]:
    """Read a CSV file whose first line names the columns; separators are commas, semicolons or tabs.

    Names and values in one cell are split at semicolons (authors and subjects as `options` say), the parts of a value
    at `|`; a backslash escapes both. Raises ColumnNotFound, or that the file cannot be decoded.
    """
    rows = CsvRows(pieces)
    first = await rows.next()
    header = [name.strip() for name in first] if isinstance(first, list) else []
    places = _places(header, options)
    taken = set(places.values())
    others = [(printable(name), place) for place, name in enumerate(header) if place not in taken and name]
    number = 0
    while (row := await rows.next()) is not None:
        if isinstance(row, list) and not any(cell.strip() for cell in row):
            continue
        number += 1
        if not isinstance(row, list):
            yield IncomingRecord(number, {"title": rows.broken_line}, row)
            continue
        cells = {field: _unguarded(row[place].strip()) for field, place in places.items() if place < len(row)}
        cells = {field: text for field, text in cells.items() if text}
        left_out = tuple(name for name, place in others if place < len(row) and row[place].strip())
        too_long = any(cell.strip() for cell in row[len(header) :])
        record = _record(number, cells, options, too_long=too_long)
        yield replace(record, left_out=left_out) if left_out and record.problem is None else record


def write_rows(book: ExportedBook | None) -> str:
    """Return the lines of `book`, which `read_csv` reads back; None: the header.

    There is one line for each of its copies, and one for a book without copies.
    """
    if book is None:
        return _quoted((*FIELDS, *COPY_COLUMNS))
    cells = _cells(book)
    return "".join(_quoted([*cells, *_copy_cells(copy)]) for copy in book.copies or (None,))


def write_copy_row(book: ExportedBook | None) -> str:
    """Return a line for each copy of `book`, with the names of the book; None: the header."""
    if book is None:
        return _quoted((*COPY_FIELDS, *BOOK_NAMES))
    names = (str(book.record.main_isbn or ""), str(book.book_id or ""), book.record.external_id or "")
    return "".join(_quoted([*_copy_cells(copy), *map(_guarded, names)]) for copy in book.copies)


def write_authority_row(authority: AuthorityRecord | None) -> str:
    """Return the line of an authority; None: the header."""
    return _quoted(AUTHORITY_FIELDS if authority is None else [*map(_guarded, authority_cells(authority))])


def _copy_cells(copy: CopyRecord | None) -> list[str]:
    if copy is None:
        return [""] * len(COPY_FIELDS)
    texts = copy.texts()
    return [_guarded(texts.get(name, "")) for name in COPY_FIELDS]


def _guarded(text: str) -> str:
    return f"'{text}" if text[:1] in _CALCULATES and text else text


def _cells(book: ExportedBook) -> list[object]:
    tree = tree_of(book.record)
    cells: list[object] = []
    for field in FIELDS:
        value = tree.get(field, "")
        if field in PARTS:
            value = "; ".join(_joined([one.get(part) or "" for part in PARTS[field]]) for one in value)
        elif field in NAMES:
            value = "; ".join(escaped(name, DEFAULT_SPLIT) for name in value)
        cells.append(_guarded(value) if isinstance(value, str) else value)
    return cells


def _quoted(cells: Sequence[object]) -> str:
    """Return a line of quoted cells, so that no other separator splits one."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue()


def _joined(parts: list[str]) -> str:
    while not parts[-1]:
        parts.pop()
    return escaped(_PART.join(escaped(part, _PART) for part in parts), DEFAULT_SPLIT)


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:2] in _CALCULATES and text[1:] else text


def _record(number: int, cells: dict[str, str], options: ReadingOptions, *, too_long: bool) -> IncomingRecord:
    broken = any(map(is_broken, cells.values()))
    if too_long or broken:
        called: dict[str, RawField] = {"title": cells["title"]} if "title" in cells else {}
        called |= {"isbns": (cells["isbns"],)} if "isbns" in cells else {}
        return IncomingRecord(number, called, TooManyColumns() if too_long else RecordNotUtf8())
    if options.what == AUTHORITIES:
        return authority_of(number, cells, replace(options, columns={}))
    if options.what == COPIES:
        copy = {field: text for field, text in cells.items() if field in COPY_FIELDS}
        return IncomingRecord(number, {}, copies=(copy,), is_copy=True, books=names_of_book(cells))
    copy = {field: cells.pop(f"copy_{field}") for field in COPY_FIELDS if f"copy_{field}" in cells}
    raw_fields: dict[str, RawField] = {**cells}
    for field, text in cells.items():
        if field == "authors":
            raw_fields[field] = names_in(text, options.split_authors)
        elif field == "subjects":  # headings hold commas more often than they are separated by them
            raw_fields[field] = names_in(text, DEFAULT_SPLIT if DEFAULT_SPLIT in text else options.split_authors)
        elif field in NAMES:
            raw_fields[field] = names_in(text, DEFAULT_SPLIT)
        elif field in PARTS:
            raw_fields[field] = tuple(_parts(field, one) for one in names_in(text, DEFAULT_SPLIT))
    return IncomingRecord(number, raw_fields, copies=(copy,) if copy else ())


def _parts(field: str, text: str) -> tuple[str | None, ...]:
    parts = [part.strip() or None for part in split_escaped(text, _PART)]
    if field in SECOND_MATTERS and len(parts) == 1:
        parts.insert(0, None)
    expected = PARTS[field]
    padded = [*parts, *[None] * (len(expected) - len(parts))]
    return tuple(
        default_of(field, name) if part is None else part
        for name, part in zip(expected, padded[: len(expected)], strict=True)
    )


def _places(header: Sequence[str], options: ReadingOptions) -> dict[str, int]:
    """Return the column of each of our fields."""
    by_name = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
    exactly = {name: place for place, name in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    for field in COLUMNS[options.what]:
        name = options.columns.get(field, field).strip()
        if field in SINGULARS and field not in options.columns and name not in by_name:
            name = SINGULARS[field]
        place = exactly.get(name, by_name.get(name.casefold()))
        if place is not None:
            places[field] = place
        elif field in options.columns or field == REQUIRED[options.what]:
            raise ColumnNotFound(name, header)
    return places
