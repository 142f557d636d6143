"""JSON values, in an array or one after the other; a broken one does not affect the others."""

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from shared.kernel.errors import LibraryError
from shared.kernel.pace import Pace
from shared.record_files.texts import (
    MOST_CHARACTERS,
    RecordNotUtf8,
    RecordTooLong,
    RecordUnreadable,
    is_broken,
    texts,
)
from shared.record_files.trees import check_tree

_MOST_PASSED = 8 * 1024  # consumed characters that may stay in the buffer
_MOST_BROKEN = 100
_BETWEEN = re.compile(r"[\s,\ufeff]*")
_END_OF_LINE = re.compile(r"[ \t]*,?[ \t]*\n")
_TOKEN = re.compile(r'(?:[^\\"{}\[\]]|\\.)*+("|[{\[]+|[}\]]+)', re.DOTALL)
_END_OF_STRING = re.compile(r'(?:[^\\"\n]|\\.)*+["\n]', re.DOTALL)
_TOKENS_AT_ONCE = 1_000
_AFTER_A_WORD = re.compile(r"[,\n{\[\]]")


class Numbers(NamedTuple):
    """How integers and other numbers are parsed."""

    whole: Callable[[str], Any] = int
    other: Callable[[str], Any] = float


AS_NUMBERS = Numbers()
AS_WRITTEN = Numbers(str, str)
"""Every number stays the text of the file."""


class JsonValues:
    """The values of a file, in order; for one that cannot be parsed, the reason.

    A broken value ends with its line if each value has a line, else where its brackets close.
    """

    def __init__(self, pieces: AsyncIterator[bytes], numbers: Numbers = AS_NUMBERS) -> None:
        self._texts = texts(pieces)
        self._text = ""
        self._at = 0
        self._ended = False
        self._in_array: bool | None = None
        self._by_line: bool | None = None
        self._broken = 0
        self._pace = Pace()
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_unique, parse_constant=_no_number, parse_int=numbers.whole, parse_float=numbers.other
        )

    async def __aiter__(self) -> AsyncIterator[Any]:
        while await self._is_value_ahead():
            await self._pace()
            if self._at > _MOST_PASSED:
                self._text, self._at = self._text[self._at :], 0
            value, end = await self._read()
            while end is None and not self._ended and len(self._text) - self._at <= MOST_CHARACTERS:
                await self._read_on(at_least=2 * (len(self._text) - self._at))
                value, end = await self._read()
            if end is None:
                await self._step_over()
                yield RecordUnreadable("This record is not closed.") if self._ended else RecordTooLong()
                continue
            if self._by_line is None:
                self._by_line = "\n" not in self._text[self._at : end] and bool(_END_OF_LINE.match(self._text, end))
            self._at = end
            yield value

    async def _is_value_ahead(self) -> bool:
        """Move to the next value, leaving an array that ends and entering one that begins."""
        while True:
            between = _BETWEEN.match(self._text, self._at)
            self._at = between.end() if between else self._at
            if self._at == len(self._text):
                if self._ended:
                    return False
                await self._read_on()
            elif self._in_array is None:
                self._in_array = self._text[self._at] == "["
                self._at += self._in_array
            elif self._in_array and self._text[self._at] == "]":
                self._in_array = None
                self._at += 1
            else:
                return True

    async def _read_on(self, at_least: int = 1) -> None:
        """Buffer at least so many unread characters, or all that are left."""
        self._text, self._at = self._text[self._at :], 0
        while not self._ended and len(self._text) < at_least:
            text = await anext(self._texts, None)
            self._ended = text is None
            self._text += text or ""

    async def _read(self) -> tuple[Any, int | None]:
        """Return the next value and where it ends; None when that needs more characters."""
        end: int | None
        try:
            value, end = self._decoded()
        except (ValueError, RecursionError) as error:
            self._broken += 1
            reason = str(error) if isinstance(error, _Doubtful) else "This record is no JSON that can be read."
            value, end = RecordUnreadable(reason), await self._end_of_broken()
        if end is None:
            return None, None
        if end - self._at > MOST_CHARACTERS:
            return RecordTooLong(), end
        text = self._text[self._at : end]
        if is_broken(text):
            value = RecordNotUtf8()
        elif not isinstance(value, LibraryError):
            try:
                check_tree(value, at_most=text.count(",") + text.count("[") + text.count("{"))
            except RecordUnreadable as error:
                value = error
        return value, end

    def _decoded(self) -> tuple[Any, int]:
        """Return the next value and where it ends.

        After many broken records of a line each, none may span lines any more, since each would be tried with all lines
        that follow.
        """
        if not (self._by_line and self._broken > _MOST_BROKEN):
            value, end = self._decoder.raw_decode(self._text, self._at)
            return value, end
        line_end = self._text.find("\n", self._at)
        line = self._text[self._at : line_end if line_end >= 0 else len(self._text)]
        value, length = self._decoder.raw_decode(line)
        return value, self._at + length

    async def _end_of_broken(self) -> int | None:
        if self._by_line:
            end = self._text.find("\n", self._at)
            return end if end >= 0 else len(self._text) if self._ended else None
        if self._text[self._at] not in "{[":
            word = _AFTER_A_WORD.search(self._text, self._at + 1)
            return word.start() if word else len(self._text) if self._ended else None
        return await _Brackets(self._pace).close_in(self._text, self._at)

    async def _step_over(self) -> None:
        """Skip a value of which only the beginning is buffered."""
        brackets = _Brackets(self._pace)
        while True:
            end = self._text.find("\n", self._at) if self._by_line else await brackets.close_in(self._text, self._at)
            if end is not None and end >= 0:
                self._at = end
                return
            self._at = len(self._text)
            if self._ended:
                return
            await self._read_on()


class _Brackets:
    """Tracks the brackets of a value that may be broken; no string spans lines."""

    def __init__(self, pace: Pace) -> None:
        self._depth = 0
        self._quoted = False
        self._pace = pace

    async def close_in(self, text: str, at: int) -> int | None:
        """Return where the value ends that begins before or at `at`, or None when it does not end in `text`."""
        for number in count(1):
            token = (_END_OF_STRING if self._quoted else _TOKEN).match(text, at)
            if token is None:
                return None
            at = token.end()
            mark = '"' if self._quoted else token[1]
            if mark == '"':
                self._quoted = not self._quoted
            elif mark[0] in "{[":
                self._depth += len(mark)
            elif self._depth <= len(mark):
                return token.start(1) + max(self._depth, 1)
            else:
                self._depth -= len(mark)
            if number % _TOKENS_AT_ONCE == 0:
                await self._pace()
        return None


class _Doubtful(ValueError):
    """JSON that two parsers may understand differently."""


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Doubtful("This record names a field twice.")
    return found


def _no_number(name: str) -> None:
    raise _Doubtful(f"{name} is no number of JSON.")
