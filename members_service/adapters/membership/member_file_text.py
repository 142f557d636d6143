"""Files of text as they come in, piece by piece: decoded, and cut into lines and rows."""

import codecs
import csv
from collections.abc import AsyncIterator, Iterator

from shared.kernel.errors import LibraryError, Refused

MOST_CHARACTERS = 256 * 1024  # of one record


class RecordUnreadable(Refused):
    """A record does not keep to the rules of its format."""

    code = "record-unreadable"
    detail = "This record is no JSON object, or no line of CSV, that can be read."


class FileNotRead(Refused):
    """The file as a whole cannot be read."""

    code = "file-unusable"


async def texts(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
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


async def more(pieces: AsyncIterator[str]) -> tuple[str, bool]:
    """Return the next piece of text, and whether there is none."""
    text = await anext(pieces, None)
    return ("", True) if text is None else (text, False)


def end_of_line(text: str) -> int:
    """Return where the first line of `text` ends."""
    end = text.find("\n")
    return len(text) if end < 0 else end + 1


async def lines(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """Return the lines of a text, with their ends. Raises FileNotRead for one without an end."""
    held = ""
    async for text in pieces:
        *whole, held = (held + text).splitlines(keepends=True) or [""]
        if held.endswith("\n"):
            whole, held = [*whole, held], ""
        for line in whole:
            yield line
        if len(held) > MOST_CHARACTERS:
            raise FileNotRead("A line of the file has no end.")
    if held:
        yield held


async def rows(of_file: AsyncIterator[str], separator: str) -> AsyncIterator[list[str] | LibraryError]:
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
        yield next(csv.reader([text] if text.count("\n") <= 1 else text.splitlines(keepends=True), delimiter=separator))
    except (csv.Error, StopIteration):
        yield RecordUnreadable()
