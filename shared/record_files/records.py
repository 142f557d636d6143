"""Records by their fields: JSON objects and CSV rows. An unreadable one yields its error in its place."""

import json
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from shared.kernel.combining_marks import has_too_many_marks
from shared.kernel.errors import InvalidValue, LibraryError, Refusals
from shared.kernel.file_records import FileRecord, FileUnusable, InvalidMapping
from shared.kernel.writing_direction import without_turns
from shared.record_files.csv_rows import CsvRows, TooManyColumns
from shared.record_files.json_values import JsonValues
from shared.record_files.texts import RecordNotUtf8, RecordUnreadable, is_broken
from shared.validator_words import in_plain_words

_BLANKS = re.compile(r"\s+")
_MOST_FAULTS = 20  # reported of one record

Content = TypeVar("Content")
Shape = TypeVar("Shape", bound=BaseModel)
Usual = Sequence[tuple[str, str]]
"""Fields of ours, each with a usual name of its column. If several columns exist, the last of these counts."""


class RecordShape(BaseModel):
    """The fields that a record may have; absent and empty are the same."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True)


class FieldInvalid(InvalidValue):
    """A field of a record cannot be what it says."""

    code = "invalid-field"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)


def clean(text: str | None) -> str | None:
    """Return a text normalised like the texts of requests. Raises ValueError for one that no request may hold.

    Characters that turn the direction of writing are removed and not refused: a library that moves in cannot retype
    thousands of names.
    """
    if text is None or (text.isascii() and text.isprintable()):
        return text
    if has_too_many_marks(text):
        raise ValueError("a letter in it carries too many marks")
    text = unicodedata.normalize("NFC", without_turns(text.replace("\r\n", "\n").replace("\r", "\n")))
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
        raise ValueError("it holds control characters")
    return text


def _in_one_line(text: str | None) -> str | None:
    return text and _BLANKS.sub(lambda blanks: " " if "\n" in blanks[0] or "\t" in blanks[0] else blanks[0], text)


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


EMPTY = BeforeValidator(_none_if_empty)
"""Validates an empty text of a field as None."""

Text = Annotated[str | None, AfterValidator(clean), EMPTY]
"""A text in one record, which may be absent."""

Line = Annotated[Text, AfterValidator(_in_one_line)]
"""A text of one line; line ends in a cell become blanks."""


class RawRecord(NamedTuple):
    """A record as parsed, with its number from 1 on: an object, the cells of a row, or any other value.

    `left_out` names the columns that belong to no field of ours and have a value here.
    """

    number: int
    value: Any
    left_out: tuple[str, ...] = ()


def columns_of(mapping: str) -> dict[str, str]:
    """Parse a mapping of fields to columns of the file. Raises InvalidMapping."""
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
    """Return what `read` makes of a value of this shape, or the error of the record.

    Reports identify the record by the first of the fields `called_by` that it has. The validators of the shape get the
    `context`.
    """
    number, value, left_out = raw
    if not isinstance(value, dict):
        return FileRecord(number, None, value if isinstance(value, LibraryError) else RecordUnreadable(), left_out)
    called = next(
        (printable(str(one)) for one in map(value.get, called_by) if one and isinstance(one, str | int)), None
    )
    content: Content | LibraryError
    try:
        content = read(shape.model_validate(value, context=context))
    except ValidationError as error:
        faults = [
            FieldInvalid(".".join(printable(str(part)) for part in one["loc"]), f"{in_plain_words(one)}.")
            for one in error.errors()[:_MOST_FAULTS]
        ]
        content = faults[0] if len(faults) == 1 else Refusals(faults)
    except LibraryError as error:
        content = error
    return FileRecord(number, called, content, left_out)


async def read_json(pieces: AsyncIterator[bytes]) -> AsyncIterator[RawRecord]:
    """Yield records of an array, or of objects that follow one another, as in JSON Lines, each with its number.

    Values are passed on unchecked: an object if it is a record, a refusal if it cannot be parsed.
    """
    number = 0
    async for value in JsonValues(pieces):
        number += 1
        yield RawRecord(number, value)


async def read_csv(
    pieces: AsyncIterator[bytes], usual: Usual, mapping: Mapping[str, str], *, prefix: str = "\0"
) -> AsyncIterator[RawRecord]:
    """Yield rows whose columns are named in the first line; separators are commas, semicolons or tabs.

    A row has its cells that are not empty, by the names of our fields: `usual` maps columns by their usual names,
    `mapping` those of this file. A column whose name begins with `prefix` is a field by itself; others are left out.
    Raises FileUnusable when a column of `mapping` is missing, or the first line names no field of ours.
    """
    rows = CsvRows(pieces)
    first = await rows.next()
    if first is None:
        return
    header = [name.strip() for name in first] if isinstance(first, list) else []
    own = [(name, name) for name in header if name.startswith(prefix)]
    columns = _columns(header, [*usual, *own], mapping)
    if not columns:
        raise FileUnusable(
            "The first line names no column that is known. Say by the mapping which column is which field."
        )
    taken = set(columns.values())
    others = [(printable(name), column) for column, name in enumerate(header) if name and column not in taken]
    number = 0
    while (row := await rows.next()) is not None:
        if isinstance(row, LibraryError) or any(map(is_broken, row)):
            number += 1
            yield RawRecord(number, row if isinstance(row, LibraryError) else RecordNotUtf8())
        elif any(cell.strip() for cell in row):
            number += 1
            texts = {column: text for column, cell in enumerate(row) if (text := cell.strip())}
            is_too_long = max(texts) >= len(header)
            cells = {field: texts[column] for field, column in columns.items() if column in texts}
            left_out = tuple(name for name, column in others if column in texts)
            yield RawRecord(number, TooManyColumns()) if is_too_long else RawRecord(number, cells, left_out)


def _columns(header: list[str], usual: Usual, mapping: Mapping[str, str]) -> dict[str, int]:
    by_name = {name.casefold(): column for column, name in reversed(list(enumerate(header)))}
    columns: dict[str, int] = {}
    for field, title in [*(one for one in usual if one[0] not in mapping), *mapping.items()]:
        column = by_name.get(title.strip().casefold())
        if column is not None:
            columns[field] = column
        elif field in mapping:
            raise FileUnusable(f"The file has no column {title!r:.60}. Its columns are: {', '.join(header)[:500]}.")
    return columns


def printable(name: str) -> str:
    """Return the beginning of a name in the file in a form that is safe to store and to display."""
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in name[:60])
