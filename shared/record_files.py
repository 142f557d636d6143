"""Files of records as they come in, piece by piece: JSON, as an array or one object after the other, and CSV.

One piece of a file is in memory at a time. What cannot be read is said in the place of its record.
"""

import codecs
import csv
import io
import json
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from shared.kernel.combining_marks import has_too_many_marks
from shared.kernel.errors import InvalidValue, LibraryError, Refusals, Refused
from shared.kernel.file_records import FileRecord, InvalidMapping
from shared.validator_words import in_plain_words

MOST_CHARACTERS = 256 * 1024  # of one record
_BETWEEN = re.compile(r"[\s,\[\]\ufeff]*")
_LINE = re.compile(r"[^\r\n]*(?:\r?\n|\r(?=[^\n]))")  # a \r at the end may be one half of an end

_BREAK = re.compile(r"\s*[\n\t]\s*")
_MOST_FAULTS = 20  # told of one record

Content = TypeVar("Content")
Shape = TypeVar("Shape", bound=BaseModel)
Usual = Sequence[tuple[str, str]]
"""Fields of ours, each with a name that a column of it usually has. The later counts where both are there."""


class RecordShape(BaseModel):
    """The fields that a record may have; what is absent or empty says nothing."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True)


class FieldInvalid(InvalidValue):
    """A field of a record cannot be what it says."""

    code = "invalid-field"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)


def clean(text: str | None) -> str | None:
    """Return a text in the form in which a request's texts are kept. Raises ValueError for what no request may hold."""
    if text is None or (text.isascii() and text.isprintable()):
        return text
    if has_too_many_marks(text):
        raise ValueError("a letter in it carries too many marks")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
        raise ValueError("it holds control characters")
    return text


def _in_one_line(text: str | None) -> str | None:
    return text and _BREAK.sub(" ", text)


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


EMPTY = BeforeValidator(_none_if_empty)
"""Of a field: an empty text says nothing."""

Text = Annotated[str | None, AfterValidator(clean), EMPTY]
"""A text in one record, which may be absent."""

Line = Annotated[Text, AfterValidator(_in_one_line)]
"""A text of one line: where a cell breaks it, a blank stands instead."""


class RecordUnreadable(Refused):
    """A record does not keep to the rules of its format."""

    code = "record-unreadable"
    detail = "This record is no JSON object, or no line of CSV, that can be read."


class TooManyColumns(Refused):
    """A row goes on behind the last column that has a name, so that nobody can tell which cell is which."""

    code = "too-many-columns"
    detail = "This record has more fields than the file has columns. Quote fields that hold separators."


class FileNotRead(Refused):
    """The file as a whole cannot be read."""

    code = "file-unusable"


class RawRecord(NamedTuple):
    """What stands in the place of a record, by its number from 1 on: an object, the cells of a row, or any other value.

    `left_out` names the columns that are no field of ours, and that say something here.
    """

    number: int
    value: Any
    left_out: tuple[str, ...] = ()


def columns_of(mapping: str) -> dict[str, str]:
    """Read which field of ours is which column of the file. Raises InvalidMapping."""
    try:
        columns = json.loads(mapping)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(name, str) and name.strip() for name in columns.values()):
        raise InvalidMapping
    return columns


def record_of(
    raw: RawRecord,
    shape: type[Shape],
    read: Callable[[Shape], Content],
    *,
    called_by: Sequence[str],
    context: Mapping[str, str] | None = None,
) -> FileRecord[Content]:
    """Return what `read` makes of a value that has this shape, or what is wrong with it.

    In reports the record is called by the first of the fields `called_by` that it has. The validators of the shape are
    told the `context`.
    """
    number, value, left_out = raw
    if not isinstance(value, dict):
        return FileRecord(number, None, value if isinstance(value, LibraryError) else RecordUnreadable(), left_out)
    called = next((_shown(str(one)) for one in map(value.get, called_by) if one and isinstance(one, str | int)), None)
    content: Content | LibraryError
    try:
        content = read(shape.model_validate(value, context=context))
    except ValidationError as error:
        faults = [
            FieldInvalid(".".join(_shown(str(part)) for part in one["loc"]), f"{in_plain_words(one)}.")
            for one in error.errors()[:_MOST_FAULTS]
        ]
        content = faults[0] if len(faults) == 1 else Refusals(faults)
    except LibraryError as error:
        content = error
    return FileRecord(number, called, content, left_out)


async def read_json(pieces: AsyncIterator[bytes]) -> AsyncIterator[RawRecord]:
    """Read records from an array, or from objects that follow one another, as in JSON Lines, each with its number.

    What stands there is given as it is: an object if it is a record, RecordUnreadable where it cannot be read.
    """
    decoder, source, held, ended, number = json.JSONDecoder(), _texts(pieces), "", False, 0
    while True:
        held = held[_BETWEEN.match(held).end() :]  # type: ignore[union-attr] # matches the empty text, too
        if not held:
            if ended:
                return
            held, ended = await _more(source)
            continue
        try:
            value, end = decoder.raw_decode(held)
        except (ValueError, RecursionError):
            if not ended and len(held) < MOST_CHARACTERS:
                further, ended = await _more(source)
                held += further
                continue
            value, end = RecordUnreadable(), _end_of_line(held)
        number += 1
        yield RawRecord(number, value)
        held = held[end:]


async def read_csv(
    pieces: AsyncIterator[bytes], usual: Usual, mapping: Mapping[str, str], *, prefix: str = "\0"
) -> AsyncIterator[RawRecord]:
    """Read lines whose columns are named in the first one; separators are commas, semicolons or tabs.

    Each is given as its cells that are not empty, by the names of our fields: `usual` says which column is which field
    where there is such a column, `mapping` says it for this file. A column whose name begins with `prefix` is a field
    by itself; any other is left out. Raises FileNotRead where `mapping` names a column that is not there, or
    the first line names none of ours.
    """
    source = _lines(_texts(pieces))
    first = await anext(source, None)
    if first is None:
        return
    separator = max(",;\t", key=first.count)
    header = [name.strip() for name in next(csv.reader([first.lstrip("\ufeff")], delimiter=separator))]
    own = [(name, name) for name in header if name.startswith(prefix)]
    places = _places(header, [*usual, *own], mapping)
    if not places:
        raise FileNotRead(
            "The first line names no column that is known. Say by the mapping which column is which field."
        )
    others = [(_shown(name), place) for place, name in enumerate(header) if name and place not in places.values()]
    number = 0
    async for row in _rows(source, separator):
        if isinstance(row, LibraryError):
            number += 1
            yield RawRecord(number, row)
        elif any(cell.strip() for cell in row):
            number += 1
            told = {place: text for place, cell in enumerate(row) if (text := cell.strip())}
            is_too_long = max(told) >= len(header)
            cells = {field: told[place] for field, place in places.items() if place in told}
            left_out = tuple(name for name, place in others if place in told)
            yield RawRecord(number, TooManyColumns()) if is_too_long else RawRecord(number, cells, left_out)


def _places(header: list[str], usual: Usual, mapping: Mapping[str, str]) -> dict[str, int]:
    by_name = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    for field, column in [*(one for one in usual if one[0] not in mapping), *mapping.items()]:
        place = by_name.get(column.strip().casefold())
        if place is not None:
            places[field] = place
        elif field in mapping:
            raise FileNotRead(f"The file has no column {column!r:.60}. Its columns are: {', '.join(header)[:500]}.")
    return places


def _shown(name: str) -> str:
    """Return the beginning of what the file calls something, so that it can be kept and shown whatever is in it."""
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in name[:60])


async def _texts(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Decode a file that is UTF-8. Raises FileNotRead."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        async for piece in pieces:
            if text := decoder.decode(piece):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text
    except UnicodeDecodeError:
        raise FileNotRead("The file is not UTF-8 text. Save it again in UTF-8.") from None


async def _more(pieces: AsyncIterator[str]) -> tuple[str, bool]:
    """Return the next piece of text, and whether there is none."""
    text = await anext(pieces, None)
    return ("", True) if text is None else (text, False)


def _end_of_line(text: str) -> int:
    """Return where the first line of `text` ends."""
    end = text.find("\n")
    return len(text) if end < 0 else end + 1


async def _lines(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """Return the lines of a text, with their ends. Raises FileNotRead for one without an end."""
    held = ""
    async for text in pieces:
        held, end = held + text, 0
        for line in _LINE.finditer(held):
            yield line[0]
            end = line.end()
        held = held[end:]
        if len(held) > MOST_CHARACTERS:
            raise FileNotRead("A line of the file has no end.")
    if held:
        yield held


async def _rows(of_file: AsyncIterator[str], separator: str) -> AsyncIterator[list[str] | LibraryError]:
    """Return the rows; a cell in quotes may go on in the next line."""
    held = ""
    async for line in of_file:
        held += line
        if held.count('"') % 2 and len(held) < MOST_CHARACTERS:
            continue
        for row in _read(held, separator):
            yield row
        held = ""
    if held:
        yield RecordUnreadable()


def _read(text: str, separator: str) -> Iterator[list[str] | LibraryError]:
    try:
        yield next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except (csv.Error, StopIteration):
        yield RecordUnreadable()
