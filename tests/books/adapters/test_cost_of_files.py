"""A file costs what it is long, however it was made to cost more."""

import time
from collections.abc import Mapping
from itertools import product

import pytest

from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import LibraryError
from tests.books.reading import read
from tests.shared.cpu_time import grows_faster_than_its_text

LONGEST = 24_000
LEADER, MARC_8 = b"00000nam a2200000 a 4500", b"00000nam  2200000 a 4500"
UNITS = (
    *(b" ", b'"', b'\\"', b"[", b"{", b"x,", b"x\n", b'"\n', b"[1,\n", b'{"a":\n', b"- ", b"- a\n", b"? ", b": ", b","),
    *(b"<", b"<record>", b"<record ", b"</record", b"<a:b:", b"&amp;", b"&#x41;", b"<!--", b"\xcc\x81\xcc\xa7", b"\n"),
    *(b"\xe0\xbd\xb3", b"\xe2\xf0", b"\xe2\x80\x8b", b"0", b"\x1fa0\x1f20", b"\x1e", b"\x1d", b"(a) ", b"/ ", b"\r"),
)
BEGINNINGS: Mapping[str, tuple[bytes, ...]] = {
    "json": (b"[", b'[{"title":"', b'{"title":"a"}\n'),
    "yaml": (b"- title: a\n", b'- title: "', b""),
    "csv": (b"title\n", b'title\n"'),
    "marcxml": (
        b"<collection><record>",
        b'<collection><record><datafield tag="245" ind1="0" ind2="0"><subfield code="a">',
    ),
    "marc": tuple(
        leader + tag + b"000000000\x1e  \x1fa" + text
        for leader, (tag, text) in product((LEADER, MARC_8), ((b"245", b"a"), (b"035", b"(a)"), (b"020", b"")))
    ),
}
ENDINGS = {
    "json": b'"}]',
    "yaml": b'"\n',
    "csv": b'"\n',
    "marcxml": b"</subfield></datafield></record>",
    "marc": b"x\n/\x1e\x1d",
}


@pytest.mark.parametrize("format", BEGINNINGS)
async def test_no_file_costs_more_than_it_is_long(format: str) -> None:
    costly = []
    for beginning, unit in product(BEGINNINGS[format], UNITS):

        async def cost(size: int, beginning: bytes = beginning, unit: bytes = unit) -> float:
            content = beginning + unit * (size // len(unit)) + ENDINGS[format]
            began = time.thread_time()
            try:
                for record in await read(format, content, piece=65_536):
                    BookRecord.repaired(record.raw_fields)
            except LibraryError:
                pass
            return time.thread_time() - began

        if await grows_faster_than_its_text(cost, LONGEST):
            costly.append((beginning, unit))

    assert [] == costly


async def test_a_heap_of_marks_is_an_error_of_its_record_alone() -> None:
    heap = "a" + "\u0301\u0327" * 400
    records = await read("json", f'[{{"title": "{heap}"}}, {{"title": "Emma", "description": "{heap}"}}]')

    with pytest.raises(LibraryError) as refused:
        BookRecord.repaired(records[0].raw_fields)
    emma, wrong = BookRecord.repaired(records[1].raw_fields)

    assert "invalid-text" == refused.value.code
    assert ("Emma", None, ["invalid-text"]) == (emma.title, emma.description, [one.code for one in wrong])


async def test_a_heap_of_marks_in_marc_8_leaves_out_its_field() -> None:
    directory = b"245000000000" + b"520000000000"
    fields = b"10\x1faEmma\x1e" + b"  \x1fa" + b"\xe2\xf0" * 40 + b"a\x1e"

    (record,) = await read("marc", MARC_8 + directory + b"\x1e" + fields + b"\x1d")

    assert "Emma" == record.raw_fields["title"]
    assert "marc-text-broken" in [one.code for one in record.wrong]


async def test_where_many_lines_are_broken_no_record_reaches_into_the_next_line() -> None:
    broken, good = '{"title":\n' * 150, '{"title": "Emma"}\n'

    records = await read("json", good + broken + good)

    assert ["Emma", "Emma"] == [record.raw_fields["title"] for record in records if record.problem is None]
    assert 152 == len(records)
