"""How much memory files take, measured in a process of its own: `python -m tests.books.memory NAME`.

Prints what was found, and by how many MiB the process grew beyond what a small file takes. A process that was forked
will do: its peak begins with what it has at its beginning.
"""

import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from books_service.adapters.exchange.record_formats import RECORD_READERS
from books_service.application.exchange.ports import ReadingOptions
from books_service.settings import Settings
from books_service.wiring.commands import opened
from books_service.wiring.service import SERVICE
from shared.configuration import load
from shared.kernel.file_records import FileUnusable
from shared.kernel.imports import ImportFile
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate

_PIECE = 256 * 1024
_LARGE = 40 * 2**20

_LAUGHS = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
_ANCHORS = "".join(f"k{n + 1}: &k{n + 1} [{','.join([f'*k{n}'] * 10)}]\n" for n in range(9))


def _endless(begin: str, repeated: str, end: str = "") -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield begin.encode()
        piece = repeated.encode() * (_PIECE // len(repeated))
        for _ in range(_LARGE // len(piece)):
            yield piece
        yield end.encode()

    return pieces


def _small(text: str) -> Callable[[], Iterator[bytes]]:
    return lambda: iter([text.encode()])


HOSTILE: dict[str, dict[str, Callable[[], Iterator[bytes]]]] = {
    "csv": {
        "one cell": _endless("title\nEmma\n", "x", "\nEmma\n"),
        "a cell with line feeds": _endless('title\nEmma\n"', "x" * 100_000 + "\n", '"\nEmma\n'),
        "a header": _endless("", "x,"),
        "NUL": _endless("title\nEmma\n", "\0", "\nEmma\n"),
        "a zip file": _endless("PK\x03\x04", "x"),
    },
    "json": {
        "a text": _endless('[{"title": "Emma"}, {"title": "', "x", '"}, {"title": "Emma"}]'),
        "a number": _endless('[{"title": "Emma"}, {"title": ', "1", '}, {"title": "Emma"}]'),
        "brackets": _endless('{"title": "Emma"}\n{"title": ', "[", ""),
        "blanks": _endless("[", " ", '{"title": "Emma"}]'),
    },
    "yaml": {
        "a scalar": _endless("- title: Emma\n- title: ", "x", "\n- title: Emma\n"),
        "a block": _endless("- title: Emma\n- title: |\n", f"    {'x' * 50}\n", "\n- title: Emma\n"),
        "flow": _endless("- title: Emma\n- title: ", "[", "\n- title: Emma\n"),
        "anchors": _small(f"k0: &k0 [x]\n{_ANCHORS}title: Emma\n"),
    },
    "marcxml": {
        "a text": _endless("<collection><record><leader>", "x", "</leader></record></collection>"),
        "elements": _endless("<collection><record>", "<a>", "</record></collection>"),
        "no record": _endless("<collection>", "<a>"),
        "laughs": _small(f'<!DOCTYPE a [<!ENTITY a0 "ha">{_LAUGHS}]><collection>&a9;</collection>'),
    },
    "marc": {
        "no end": _endless("99999nam a2200037 a 4500245009999900000\x1e10\x1fa", "x"),
        "no MARC": _endless("", "x"),
    },
}


def _peak() -> int:
    """Return the most memory that this process ever held, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


async def _codes(format: str, content: Callable[[], Iterator[bytes]]) -> Counter[str]:
    """Read a file; return how often what was wrong, or nothing."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in content():
            yield piece

    codes = Counter[str]()
    try:
        async for record in RECORD_READERS[format](pieces(), ReadingOptions({}, ";")):
            codes[record.problem.code if record.problem else "fine"] += 1
    except FileUnusable as error:
        codes[error.code] += 1
    return codes


async def _imported(records: int) -> int:
    """Import so many generated records into a new catalogue; return how many books were created."""
    with tempfile.TemporaryDirectory() as folder:
        url, file = f"sqlite+aiosqlite:///{folder}/books.db", Path(folder) / "books.json"
        await migrate(Database(url), SERVICE.package)
        with file.open("w", encoding="utf-8") as target:
            for number in range(records):
                book = {"title": f"Volume {number}", "isbns": [_isbn(number)], "description": "word " * 100}
                target.write(json.dumps(book | {"identifiers": [f"B{number}"]}) + "\n")

        async def pieces() -> AsyncIterator[bytes]:
            with file.open("rb") as content:
                while piece := content.read(_PIECE):
                    yield piece

        async with opened(load(Settings, database_url=url)) as use_cases:
            read = RECORD_READERS["json"]
            batches = use_cases.exchange.import_books(ImportFile(), lambda: read(pieces(), ReadingOptions({}, ";")))
            return sum([batch.counts.created async for batch in batches])


def _isbn(number: int) -> str:
    first = f"978{number:09}"
    return first + str(-sum((3 if place % 2 else 1) * int(digit) for place, digit in enumerate(first)) % 10)


def main(name: str) -> None:
    """Read the hostile files of that format, or import that many records, and print what came of it."""
    if name.isdecimal():
        asyncio.run(_imported(1_000))
        before = _peak()
        found: object = asyncio.run(_imported(int(name)))
    else:
        asyncio.run(_codes(name, _small("")))
        before = _peak()
        found = {kind: asyncio.run(_codes(name, content)) for kind, content in HOSTILE[name].items()}
    print(json.dumps({"found": found, "grown": (_peak() - before) // 1024}))


if __name__ == "__main__":
    main(sys.argv[1])
