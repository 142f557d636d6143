"""Heaps of marks, and lines that are broken one after the other: each costs its own record."""

import pytest

from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import LibraryError
from tests.books.reading import read

MARC_8 = b"00000nam  2200000 a 4500"


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
