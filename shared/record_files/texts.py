"""Text files, decoded and split into lines as they arrive, never held as a whole."""

import codecs
import re
from collections.abc import AsyncIterator

from shared.kernel.errors import Refused
from shared.kernel.file_records import FileUnusable, unpacked
from shared.kernel.pace import Pace

MOST_CHARACTERS = 512 * 1024  # of one record
_HEAD = 512  # bytes in which a file declares its encoding
_BROKEN = re.compile("[\ud800-\udfff]")
_DECLARED = re.compile(rb"""^\s*+<\?xml[^>]{0,200}?encoding\s*+=\s*+["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CODECS = {"ascii": "utf-8", "utf-8": "utf-8", "utf-16": "utf-16", "iso8859-1": "latin-1", "cp1252": "cp1252"}


class EncodingNotRead(FileUnusable):
    code = "encoding-not-read"
    detail = "The file is in an encoding that is not read here. Save it as UTF-8."


class NotUtf8(FileUnusable):
    code = "not-utf8"
    detail = "The file is not UTF-8 text. Save it again in UTF-8."


class RecordNotUtf8(Refused):
    code = "not-utf8"
    detail = "This record is not UTF-8 text. Save the file again in UTF-8."


class RecordTooLong(Refused):
    """No book is described at that length."""

    code = "record-too-long"
    detail = (
        f"This record, or one of its lines, has more than {MOST_CHARACTERS} characters. Is it closed where it ends?"
    )


class RecordUnreadable(Refused):
    """A record does not keep to the rules of its format."""

    code = "record-unreadable"
    detail = "This record is no JSON object, or no line of CSV, that can be read."


def is_broken(text: str) -> bool:
    """Return whether `text` has bytes that were not UTF-8, which `texts` marks."""
    return _BROKEN.search(text) is not None


async def texts(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Decode a file: by its byte order mark, as its XML declaration says, else as UTF-8.

    All line ends become line feeds. Bytes that are not UTF-8 become lone surrogates. Raises
    EncodingNotRead, NotUtf8 or FilePacked.
    """
    decoder: codecs.IncrementalDecoder | None = None
    held = ""
    head, pace = b"", Pace()
    async for piece in unpacked(pieces):
        await pace()
        head += piece
        if decoder is None:
            if len(head) < _HEAD:
                continue
            decoder = _decoder_for(head)
        text, held = _lines_ended(held + _decoded(decoder, head))
        head = b""
        if text:
            yield text
    decoder = decoder or _decoder_for(head)
    text, _ = _lines_ended(held + _decoded(decoder, head, final=True), final=True)
    if text:
        yield text


def _decoder_for(head: bytes) -> codecs.IncrementalDecoder:
    name = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if name is None:
        name = "utf-8"
        if declared := _DECLARED.match(head):
            try:
                name = _CODECS[codecs.lookup(declared[1].decode()).name]
            except LookupError:
                raise EncodingNotRead from None
    return codecs.getincrementaldecoder(name)("surrogateescape" if name.startswith("utf-8") else "replace")


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(piece, final)
    except UnicodeError:  # UTF-16 without a mark
        raise NotUtf8 from None


def _lines_ended(text: str, *, final: bool = False) -> tuple[str, str]:
    """Return `text` with line feeds for line ends, and the rest, whose line end may not be complete."""
    held = "\r" if text.endswith("\r") and not final else ""
    if held:
        text = text[:-1]
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text), held


async def lines(pieces: AsyncIterator[bytes], *, longest: int = MOST_CHARACTERS) -> AsyncIterator[str]:
    """Yield the lines of a file, each with its line feed; one that is too long is cut off and has none.

    The last line gets a line feed if it has none.
    """
    rest, too_long, pace = "", False, Pace()
    async for text in texts(pieces):
        first, *others = text.split("\n")
        if not others:
            rest, too_long = _bounded(rest + ("" if too_long else first), longest, too_long=too_long)
            continue
        whole, too_long = _bounded(rest + ("" if too_long else first), longest, too_long=too_long)
        yield whole if too_long else f"{whole}\n"
        for line in others[:-1]:
            await pace()
            whole, too_long = _bounded(line, longest, too_long=False)
            yield whole if too_long else f"{whole}\n"
        rest, too_long = _bounded(others[-1], longest, too_long=False)
    if rest:
        yield rest if too_long else f"{rest}\n"


def _bounded(line: str, longest: int, *, too_long: bool) -> tuple[str, bool]:
    return (line[:100], True) if too_long or len(line) > longest else (line, False)
