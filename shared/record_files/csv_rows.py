"""CSV as spreadsheets write it: the rows of a file; a broken one is reported and skipped."""

import csv
from collections import deque
from collections.abc import AsyncIterator, Iterator
from itertools import islice

from shared.kernel.errors import Refused
from shared.kernel.pace import Pace
from shared.record_files.texts import MOST_CHARACTERS, RecordTooLong, lines

_SEPARATORS = (",", ";", "\t")
_MOST_LINES = 2_000  # of one record
_MOST_BROKEN = 100
_CHARACTERS_AT_ONCE = 64 * 1024


class QuotesBroken(Refused):
    code = "quotes-broken"
    detail = "The quotes of this record do not fit together. Quote whole fields, and double quotes inside."


class TooManyColumns(Refused):
    """A row goes on behind the last column that has a name, so that nobody can tell which cell is which."""

    code = "too-many-columns"
    detail = "This record has more fields than the file has columns. Quote fields that hold separators."


class CsvRows:
    """The rows of a file, with cells separated by commas, semicolons or tabs. Quoted cells may contain line ends.

    A broken row yields the reason, and reading continues after its first line. After many broken rows none may span
    lines any more, since each would be tried with all lines that follow.
    """

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.broken_line = ""
        self._source = lines(pieces)
        self._lines: deque[str] = deque()
        self._began = self._ended = False
        self._separator = ","
        self._broken = 0
        self._pace = Pace()

    async def next(self) -> list[str] | Refused | None:
        """Return the cells of the next row that is not blank, or None at the end."""
        while await self._is_line_ahead():
            await self._pace()
            reader = csv.reader(self._lines_of_one_record(), delimiter=self._separator, strict=True)
            try:
                row = next(reader)
            except (csv.Error, StopIteration) as error:
                if reader.line_num == len(self._lines) and not self._ended and self._broken <= _MOST_BROKEN:
                    await self._read_on()
                    continue
                self._broken += 1
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
        """Skip blank lines; return whether another line follows."""
        while True:
            while self._lines and not self._lines[0].strip():
                self._lines.popleft()
            if self._lines or self._ended:
                return bool(self._lines)
            await self._read_on()

    def _lines_of_one_record(self) -> Iterator[str]:
        size = 0
        for line in islice(self._lines, _MOST_LINES if self._broken <= _MOST_BROKEN else 1):
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
