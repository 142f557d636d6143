"""Everything that reads files of others, in all services and in shared, each with what makes such a reader dear."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import product

from pydantic import Field

from books_service.adapters.exchange.record_formats import RECORD_READERS
from books_service.application.exchange.file_entries import read_entry
from books_service.application.exchange.ports import ReadingOptions
from books_service.domain.search.cql import QueryRefused, search_of
from loans_service.adapters.moving_in.former_files import read_records
from loans_service.sip2 import messages
from loans_service.sip2.framing import MessageStream, TooLong, without_tail
from members_service.adapters.membership import member_files
from shared.kernel.errors import LibraryError
from shared.record_files.records import Line, RecordShape, columns_of, read_csv, read_json, record_of
from shared.web.json.json_text import parse
from shared.web.problems import Problem

PIECE = 65_536
_LEADER, _MARC_8 = b"00000nam a2200000 a 4500", b"00000nam  2200000 a 4500"
UNITS = (
    *(b" ", b'"', b'\\"', b"[", b"{", b"x,", b"x\n", b'"\n', b"[1,\n", b'{"a":\n', b"- ", b"- a\n", b"? ", b": ", b","),
    *(b"<", b"<record>", b"<record ", b"</record", b"<a:b:", b"&amp;", b"&#x41;", b"<!--", b"\xcc\x81\xcc\xa7", b"\n"),
    *(b"\xe0\xbd\xb3", b"\xe2\xf0", b"\xe2\x80\x8b", b"0", b"\x1fa0\x1f20", b"\x1e", b"\x1d", b"(a) ", b"/ ", b"\r"),
    *(b'"a""\n', b"1.", b"\x1b$1", b"a: ", b"a,a:", b"[a,", b"\t\n"),
)
"""What stands in a file again and again."""
FEW = (b'"', b"[", b'{"a":\n', b'"a""\n', b"a,a:", b"\n", b"\xe2\xf0", b"<record>", b"x", b"0")
"""The worst of them, and what looks harmless."""


@dataclass(frozen=True, slots=True)
class Parser:
    """One way to read a file: what a file may begin with before something goes on without end, and how it ends."""

    read: Callable[[AsyncIterator[bytes]], Awaitable[object]]
    beginnings: tuple[bytes, ...]
    ending: bytes
    wide: Callable[[int], bytes] | None = None
    """A record of so many fields."""


_REFUSALS = (LibraryError, Problem, QueryRefused, TooLong, messages.UnreadableRequest)


async def pieces_of(content: bytes) -> AsyncIterator[bytes]:
    """Hand a file over without a pause."""
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


async def goes_through(parser: Parser, content: bytes) -> None:
    """Read a file to its end, or to where it cannot be read."""
    with suppress(*_REFUSALS):
        await parser.read(pieces_of(content))


class _Thing(RecordShape):
    name: Line = Field(None, max_length=200)
    size: int | None = None


async def _things_of_json(pieces: AsyncIterator[bytes]) -> None:
    async for raw in read_json(pieces):
        record_of(raw, _Thing, lambda thing: thing, called_by=("name",))


async def _things_of_csv(pieces: AsyncIterator[bytes]) -> None:
    async for raw in read_csv(pieces, [("name", "name"), ("size", "size")], {}):
        record_of(raw, _Thing, lambda thing: thing, called_by=("name",))


async def _books(format: str, pieces: AsyncIterator[bytes]) -> None:
    async for record in RECORD_READERS[format](pieces, ReadingOptions({}, ";")):
        read_entry(record, "EUR")


async def _members(format: str, pieces: AsyncIterator[bytes]) -> None:
    async for _ in member_files.READERS[format](pieces, {}):
        pass


async def _former(what: str, format: str, pieces: AsyncIterator[bytes]) -> None:
    async for _ in read_records(what, format, pieces, {}, currency="EUR"):
        pass


def _whole(parse: Callable[[bytes], object]) -> Callable[[AsyncIterator[bytes]], Awaitable[None]]:
    """Read at once what comes in at once and is short."""

    async def read(pieces: AsyncIterator[bytes]) -> None:
        parse(b"".join([piece async for piece in pieces]))

    return read


async def _machine_messages(pieces: AsyncIterator[bytes]) -> None:
    reader = asyncio.StreamReader()
    async for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    stream = MessageStream(reader)
    while (message := await stream.next()) is not None:
        body, _, _ = without_tail(message)
        messages.read(body.decode("cp850"))


def _wide_json(name: str) -> Callable[[int], bytes]:
    def wide(fields: int) -> bytes:
        return b'{"%s":"a",%s}\n' % (name.encode(), b",".join(b'"n%d":1' % number for number in range(fields)))

    return wide


def _wide_csv(name: str) -> Callable[[int], bytes]:
    def wide(fields: int) -> bytes:
        names = ",".join(f"n{number}" for number in range(fields))
        return f"{name},{names}\n".encode() + b"a" + b",1" * fields + b"\n"

    return wide


def _json(read: Callable[[AsyncIterator[bytes]], Awaitable[object]], name: str) -> Parser:
    begun = b'{"%s":"' % name.encode()
    return Parser(read, (b"[", b"[" + begun + b"a", b'{"%s":"a"}\n' % name.encode()), b'a"}]', _wide_json(name))


def _csv(read: Callable[[AsyncIterator[bytes]], Awaitable[object]], name: str) -> Parser:
    head = name.encode() + b"\n"
    return Parser(read, (head, head + b'"', head + b"a"), b'"\n', _wide_csv(name))


def _wide_yaml(fields: int) -> bytes:
    return b"- title: a\n" + b"".join(b"  n%d: 1\n" % number for number in range(fields))


def _wide_marc(leader: bytes) -> Callable[[int], bytes]:
    def wide(fields: int) -> bytes:
        return leader + b"500000000000" * fields + b"\x1e" + b"  \x1fa\xe2note\x1e" * fields + b"\x1d"

    return wide


def _wide_xml(fields: int) -> bytes:
    field = b'<datafield tag="500" ind1=" " ind2=" "><subfield code="a">note</subfield></datafield>'
    return b"<collection><record>" + field * fields + b"</record></collection>"


_IN_MARC_XML = b'<collection><record><datafield tag="245" ind1="0" ind2="0"><subfield code="a">'
PARSERS: Mapping[str, Parser] = {
    "shared: json": _json(_things_of_json, "name"),
    "shared: csv": _csv(_things_of_csv, "name"),
    "shared: json of a body": Parser(_whole(parse), (b"", b"[", b'["a'), b'a"]'),
    "shared: mapping": Parser(_whole(lambda raw: columns_of(raw.decode("utf-8", "replace"))), (b"", b'{"a":"'), b'"}'),
    "books: json": _json(partial(_books, "json"), "title"),
    "books: csv": _csv(partial(_books, "csv"), "title"),
    "books: yaml": Parser(
        partial(_books, "yaml"), (b"- title: a\n", b'- title: "', b"", b"- title: a\n  "), b'"\n', _wide_yaml
    ),
    "books: marcxml": Parser(
        partial(_books, "marcxml"),
        (b"<collection><record>", _IN_MARC_XML),
        b"</subfield></datafield></record>",
        _wide_xml,
    ),
    "books: marc": Parser(
        partial(_books, "marc"),
        tuple(
            leader + tag + b"000000000\x1e  \x1fa" + text
            for leader, (tag, text) in product((_LEADER, _MARC_8), ((b"245", b"a"), (b"035", b"(a)"), (b"020", b"")))
        ),
        b"x\n/\x1e\x1d",
        _wide_marc(_MARC_8),
    ),
    "books: cql": Parser(
        _whole(lambda raw: search_of(raw.decode("utf-8", "replace"))), (b"", b'title="', b"title any "), b'"'
    ),
    "members: json": _json(partial(_members, "json"), "name"),
    "members: csv": _csv(partial(_members, "csv"), "name"),
    "loans: loans in json": _json(partial(_former, "loans", "json"), "barcode"),
    "loans: loans in csv": _csv(partial(_former, "loans", "csv"), "checked_out_at"),
    "loans: holds in csv": _csv(partial(_former, "holds", "csv"), "comment"),
    "loans: fines in csv": _csv(partial(_former, "fines", "csv"), "amount"),
    "loans: sip2": Parser(_machine_messages, (b"2300020261129    120000", b"AA"), b"|AZ0000\r"),
}
