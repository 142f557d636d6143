"""CSV as spreadsheets write it: records by the columns' names, each bad one reported and stepped over."""

import asyncio
import codecs
import csv
import io
import re
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice

from books_service.application.import_books import FileUnusable
from books_service.application.ports import FileRecord, ReadingOptions
from books_service.application.start_import import DEFAULT_SPLIT, FIELDS
from shared.kernel.errors import Refused

_SEPARATORS = (",", ";", "\t")
_MOST_LINES, _MOST_CHARACTERS = 2_000, 512 * 1024  # of one record
_BREATHE_EVERY = 50  # records
_BROKEN = re.compile("[\ud800-\udfff]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ColumnNotFound(FileUnusable):
    """The file has no column of that name."""

    code = "column-not-found"

    def __init__(self, column: str, header: Sequence[str]) -> None:
        found = ", ".join(_shown(name) for name in header[:40]) or "none"
        super().__init__(f"The file has no column {_shown(column)!r}. Its columns are: {found}.")


class NotUtf8(FileUnusable):
    """The file is no UTF-8 text."""

    code = "not-utf8"

    def __init__(self) -> None:
        super().__init__("The file is not UTF-8 text. Save it again as CSV UTF-8.")


class LineTooLong(FileUnusable):
    """No line of a CSV file is that long."""

    code = "line-too-long"

    def __init__(self) -> None:
        super().__init__(f"A line of the file has more than {_MOST_CHARACTERS} characters. Is this a CSV file?")


class RecordNotUtf8(Refused):
    """One record is no UTF-8 text."""

    code = "not-utf8"

    def __init__(self) -> None:
        super().__init__("This record is not UTF-8 text. Save the file again as CSV UTF-8.")


class QuotesBroken(Refused):
    """The quotes of a record do not fit together."""

    code = "quotes-broken"

    def __init__(self) -> None:
        super().__init__("The quotes of this record do not fit together. Quote whole fields, and double quotes inside.")


class TooManyColumns(Refused):
    """A record has more fields than there are columns."""

    code = "too-many-columns"

    def __init__(self) -> None:
        super().__init__("This record has more fields than the file has columns. Quote fields that hold separators.")


async def read_csv(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:
    """Read a CSV file in UTF-8 whose first line names the columns; separators are commas, semicolons or tabs.

    Raises ColumnNotFound, NotUtf8 or LineTooLong.
    """
    rows = _Rows(pieces)
    header = [name.strip() for name in await rows.next() or []]
    places = _places(header, options.columns)
    number = 0
    while (row := await rows.next()) is not None:
        if row and not any(cell.strip() for cell in row):
            continue
        number += 1
        if number % _BREATHE_EVERY == 0:
            await asyncio.sleep(0)  # somebody else may be waiting for an answer of this process
        if not row:
            yield FileRecord(number, {"title": rows.broken_line}, QuotesBroken())
            continue
        said = {field: row[place].strip() for field, place in places.items() if place < len(row)}
        said = {field: text for field, text in said.items() if text}
        yield _record(number, said, options, too_long=any(cell.strip() for cell in row[len(header) :]))


def _record(number: int, said: Mapping[str, str], options: ReadingOptions, *, too_long: bool) -> FileRecord:
    if too_long:
        return FileRecord(number, said, TooManyColumns())
    if any(_BROKEN.search(text) for text in said.values()):
        return FileRecord(number, said, RecordNotUtf8())
    lists = {
        "authors": said.get("authors", "").split(options.split_authors),
        # Subject headings hold commas more often than they are separated by them.
        "subjects": _split_subjects(said.get("subjects", ""), options.split_authors),
    }
    names = {field: tuple(name.strip() for name in parts if name.strip()) for field, parts in lists.items()}
    return FileRecord(number, {**said, **names})


def _split_subjects(text: str, other: str) -> list[str]:
    return text.split(DEFAULT_SPLIT if DEFAULT_SPLIT in text else other)


def _places(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Return in which place each of our fields stands."""
    by_name = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
    exactly = {name: place for place, name in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    for field in FIELDS:
        name = columns.get(field, field).strip()
        place = exactly.get(name, by_name.get(name.casefold()))
        if place is not None:
            places[field] = place
        elif field in columns or field == "title":
            raise ColumnNotFound(name, header)
    return places


def _shown(text: str) -> str:
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in text[:60])


class _Rows:
    """The rows of a file. A broken one is given as an empty list, and reading goes on behind its first line."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.broken_line = ""
        self._pieces = pieces
        decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="surrogateescape")
        self._text = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._lines: deque[str] = deque()
        self._rest = ""
        self._began = self._ended = False
        self._separator = ","

    async def next(self) -> list[str] | None:
        """Return the cells of the next row that is not blank, or None at the end."""
        while await self._is_line_ahead():
            reader = csv.reader(self._lines_of_one_record(), delimiter=self._separator, strict=True)
            try:
                row = next(reader)
            except (csv.Error, StopIteration):
                if reader.line_num == len(self._lines) and not self._ended:
                    await self._read_on()
                    continue
                self.broken_line = self._lines.popleft().strip()
                return []
            for _ in range(reader.line_num):
                self._lines.popleft()
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
            if size > _MOST_CHARACTERS:
                return
            yield line

    async def _read_on(self) -> None:
        piece = await anext(self._pieces, None)
        if not self._began and piece is not None and piece.startswith(_UTF_16):
            raise NotUtf8
        self._ended = piece is None
        *lines, self._rest = (self._rest + self._text.decode(piece or b"", final=self._ended)).split("\n")
        if len(self._rest) > _MOST_CHARACTERS:
            raise LineTooLong
        self._lines.extend(f"{line}\n" for line in lines)
        if self._ended and self._rest:
            self._lines.append(self._rest)
        if not self._began and self._lines:
            self._began = True
            self._separator = max(_SEPARATORS, key=self._lines[0].count)


RECORD_READERS = {"csv": read_csv}
