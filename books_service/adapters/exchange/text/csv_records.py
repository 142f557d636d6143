"""CSV as spreadsheets write it: records by the columns' names, each bad one reported and stepped over."""

import csv
import io
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from books_service.adapters.exchange.text.file_text import (
    MOST_CHARACTERS,
    RecordNotUtf8,
    RecordTooLong,
    escaped,
    is_broken,
    lines,
    names_in,
    split_escaped,
)
from books_service.adapters.exchange.text.record_trees import NAMES, PARTS, names_of_book, tree_of, usual
from books_service.application.exchange.import_books import FileUnusable
from books_service.application.exchange.ports import ExportedBook, FileRecord, ReadingOptions
from books_service.application.exchange.start_import import BOOK_NAMES, COPIES, COPY_COLUMNS, DEFAULT_SPLIT, FIELDS
from books_service.domain.catalogue.record import RawField
from books_service.domain.stock.copy_record import COPY_FIELDS, CopyRecord, price_text
from shared.kernel.errors import Refused

_SEPARATORS = (",", ";", "\t")
_PART = "|"  # stands between the parts of one contributor, identifier or series
_MOST_LINES = 2_000  # of one record
_CHARACTERS_AT_ONCE = 64 * 1024
_CALCULATES = frozenset("=+-@'")  # a spreadsheet takes such a beginning for more than text


class ColumnNotFound(FileUnusable):
    code = "column-not-found"

    def __init__(self, column: str, header: Sequence[str]) -> None:
        found = ", ".join(_shown(name) for name in header[:40]) or "none"
        super().__init__(f"The file has no column {_shown(column)!r}. Its columns are: {found}.")


class QuotesBroken(Refused):
    code = "quotes-broken"
    detail = "The quotes of this record do not fit together. Quote whole fields, and double quotes inside."


class TooManyColumns(Refused):
    code = "too-many-columns"
    detail = "This record has more fields than the file has columns. Quote fields that hold separators."


async def read_csv(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:
    """Read a CSV file whose first line names the columns; separators are commas, semicolons or tabs.

    Names and values in one cell are split at semicolons (authors and subjects as `options` say), the parts of a value
    at `|`; a backslash makes either a letter. Raises ColumnNotFound, or that the file cannot be decoded.
    """
    rows = _Rows(pieces)
    first = await rows.next()
    header = [name.strip() for name in first] if isinstance(first, list) else []
    places = _places(header, options)
    others = [(name, place) for place, name in enumerate(header) if place not in places.values() and name]
    number = 0
    while (row := await rows.next()) is not None:
        if isinstance(row, list) and not any(cell.strip() for cell in row):
            continue
        number += 1
        if not isinstance(row, list):
            yield FileRecord(number, {"title": rows.broken_line}, row)
            continue
        cells = {field: _unguarded(row[place].strip()) for field, place in places.items() if place < len(row)}
        cells = {field: text for field, text in cells.items() if text}
        left_out = tuple(_shown(name) for name, place in others if place < len(row) and row[place].strip())
        too_long = any(cell.strip() for cell in row[len(header) :])
        record = _record(number, cells, options, too_long=too_long)
        yield replace(record, left_out=left_out) if left_out and record.problem is None else record


def write_rows(book: ExportedBook | None) -> str:
    """Return the lines that say all of `book` so that `read_csv` reads it back; for None, the columns' names.

    There is one for each of its copies; a book without any has one, too.
    """
    if book is None:
        return _quoted((*FIELDS, *COPY_COLUMNS))
    cells = _cells(book)
    return "".join(_quoted([*cells, *_copy_cells(copy)]) for copy in book.copies or (None,))


def write_copy_row(book: ExportedBook | None) -> str:
    """Return a line for each copy of `book`, and by what it names its book; for None, the columns' names."""
    if book is None:
        return _quoted((*COPY_FIELDS, *BOOK_NAMES))
    names = (str(book.record.isbn or ""), str(book.book_id or ""), book.record.external_id or "")
    return "".join(_quoted([*_copy_cells(copy), *map(_guarded, names)]) for copy in book.copies)


def _copy_cells(copy: CopyRecord | None) -> list[str]:
    if copy is None:
        return [""] * len(COPY_FIELDS)
    values = {name: getattr(copy, name) for name in COPY_FIELDS}
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    texts["price"] = "" if copy.price is None else price_text(copy.price)
    return [_guarded(text) for text in texts.values()]


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
    """Return a line of cells, each in quotes: nothing inside becomes a cell where other separators part them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue()


def _joined(parts: list[str]) -> str:
    while not parts[-1]:
        parts.pop()
    return escaped(_PART.join(escaped(part, _PART) for part in parts), DEFAULT_SPLIT)


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:2] in _CALCULATES and text[1:] else text


def _record(number: int, cells: dict[str, str], options: ReadingOptions, *, too_long: bool) -> FileRecord:
    broken = any(map(is_broken, cells.values()))
    if too_long or broken:
        called: dict[str, RawField] = {field: cells[field] for field in ("isbn", "title") if field in cells}
        return FileRecord(number, called, TooManyColumns() if too_long else RecordNotUtf8())
    if options.what == COPIES:
        copy = {field: text for field, text in cells.items() if field in COPY_FIELDS}
        return FileRecord(number, {}, copies=(copy,), is_copy=True, books=names_of_book(cells))
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
    return FileRecord(number, raw_fields, copies=(copy,) if copy else ())


def _parts(field: str, text: str) -> tuple[str | None, ...]:
    given = [part.strip() or None for part in split_escaped(text, _PART)]
    if field == "identifiers" and len(given) == 1:
        given.insert(0, None)
    expected = PARTS[field]
    padded = [*given, *[None] * (len(expected) - len(given))]
    return tuple(
        usual(field, name) if part is None else part
        for name, part in zip(expected, padded[: len(expected)], strict=True)
    )


def _places(header: Sequence[str], options: ReadingOptions) -> dict[str, int]:
    """Return in which place each of our fields stands."""
    by_name = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
    exactly = {name: place for place, name in reversed(list(enumerate(header)))}
    is_of_copies = options.what == COPIES
    places: dict[str, int] = {}
    for field in (*COPY_FIELDS, *BOOK_NAMES) if is_of_copies else (*FIELDS, *COPY_COLUMNS):
        name = options.columns.get(field, field).strip()
        place = exactly.get(name, by_name.get(name.casefold()))
        if place is not None:
            places[field] = place
        elif field in options.columns or field == ("barcode" if is_of_copies else "title"):
            raise ColumnNotFound(name, header)
    return places


def _shown(text: str) -> str:
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in text[:60])


class _Rows:
    """The rows of a file. For a broken one there is the reason, and reading goes on behind its first line."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.broken_line = ""
        self._source = lines(pieces)
        self._lines: deque[str] = deque()
        self._began = self._ended = False
        self._separator = ","

    async def next(self) -> list[str] | Refused | None:
        """Return the cells of the next row that is not blank, or None at the end."""
        while await self._is_line_ahead():
            reader = csv.reader(self._lines_of_one_record(), delimiter=self._separator, strict=True)
            try:
                row = next(reader)
            except (csv.Error, StopIteration) as error:
                if reader.line_num == len(self._lines) and not self._ended:
                    await self._read_on()
                    continue
                first = self._lines.popleft()
                self.broken_line = first.strip()
                return RecordTooLong() if _is_cut(first) or "field larger" in str(error) else QuotesBroken()
            taken = [self._lines.popleft() for _ in range(reader.line_num)]
            if any(map(_is_cut, taken)):
                self.broken_line = taken[0].strip()
                return RecordTooLong()
            return row
        return None

    async def _is_line_ahead(self) -> bool:
        """Pass over blank lines; tell whether there is another one."""
        while True:
            while self._lines and not self._lines[0].strip():
                self._lines.popleft()
            if self._lines or self._ended:
                return bool(self._lines)
            await self._read_on()

    def _lines_of_one_record(self) -> Iterator[str]:
        size = 0
        for line in islice(self._lines, _MOST_LINES):
            size += len(line)
            if size > MOST_CHARACTERS:
                return
            yield line

    async def _read_on(self) -> None:
        size = 0
        while size < _CHARACTERS_AT_ONCE and not self._ended:
            line = await anext(self._source, None)
            if line is None:
                self._ended = True
                break
            self._lines.append(line)
            size += len(line)
        if not self._began and self._lines:
            self._began = True
            self._separator = max(_SEPARATORS, key=self._lines[0].count)


def _is_cut(line: str) -> bool:
    return not line.endswith("\n")
