"""Files of records, as they come in in pieces."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from pydantic import Field

from shared.kernel.errors import LibraryError
from shared.kernel.file_records import FileUnusable
from shared.record_files.csv_rows import QuotesBroken, TooManyColumns
from shared.record_files.records import (
    FieldInvalid,
    RawRecord,
    RecordShape,
    Text,
    clean,
    read_csv,
    read_json,
    record_of,
)
from shared.record_files.texts import RecordNotUtf8, RecordTooLong, RecordUnreadable


async def pieces(content: bytes, *, of: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(content), of):
        yield content[start : start + of]


async def of_json(content: str) -> list[Any]:
    return [raw.value async for raw in read_json(pieces(content.encode()))]


async def of_csv(content: str, mapping: Mapping[str, str] | None = None) -> list[Any]:
    usual = [("name", "name"), ("size", "size"), ("size", "width")]
    return [raw.value async for raw in read_csv(pieces(content.encode()), usual, mapping or {})]


@pytest.mark.parametrize("content", ['[{"a": 1}, {"a": 2}]', '{"a": 1}\n{"a": 2}\n', '\ufeff {"a": 1} {"a": 2}'])
async def test_an_array_and_objects_that_follow_one_another_are_the_same(content: str) -> None:
    assert [{"a": 1}, {"a": 2}] == await of_json(content)


async def test_a_line_that_is_no_json_is_one_record_that_cannot_be_read() -> None:
    first, broken, last = await of_json('{"a": 1}\n{"a": \n{"a": 2}\n')

    assert ({"a": 1}, {"a": 2}) == (first, last)
    assert isinstance(broken, RecordUnreadable)


async def test_columns_are_found_by_the_names_that_they_usually_have_and_by_those_that_are_said() -> None:
    assert [{"name": "Box", "size": "3"}] == await of_csv("Name;Width;x\nBox;3;y\n")
    assert [{"name": "Box"}] == await of_csv("Name;Width;what\nno;;Box\n", {"name": "what"})


async def test_a_column_that_is_no_field_is_named_where_it_says_something() -> None:
    usual = [("name", "name"), ("size", "size"), ("size", "width")]
    content = pieces(b"name,col\tour,size,,width,name\nBox,red,3,x,4,Case\nBag, ,3,,4,\n")

    read = [(raw.value, raw.left_out) async for raw in read_csv(content, usual, {})]

    assert [
        ({"name": "Box", "size": "4"}, ("col\ufffdour", "size", "name")),
        ({"name": "Bag", "size": "4"}, ("size",)),
    ] == read


async def test_a_row_that_is_longer_than_the_first_line_cannot_be_read() -> None:
    shifted, empty, right = await of_csv("name,size\nBox, red,3\nBag,3,\nCup,4\n")

    assert isinstance(shifted, TooManyColumns)
    assert ({"name": "Bag", "size": "3"}, {"name": "Cup", "size": "4"}) == (empty, right)


async def test_a_file_whose_first_line_names_no_column_of_ours_cannot_be_read() -> None:
    with pytest.raises(FileUnusable, match="first line names no column"):
        await of_csv("Box,3\nBag,4\n")


async def test_a_cell_in_quotes_goes_on_in_the_next_line() -> None:
    assert [{"name": "Box\nred", "size": "3"}] == await of_csv('name,size\n"Box\nred",3\n\n')


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_a_line_ends_where_lines_end_and_not_at_what_looks_like_it_in_a_cell(end: str) -> None:
    odd = "Box\u2028red\x85blue"

    lines = ["name,size", f"{odd},3", f'"{odd}{end}green",4', "Bag,5"]

    assert [(odd, "3"), (f"{odd}\ngreen", "4"), ("Bag", "5")] == [
        (cells["name"], cells["size"]) for cells in await of_csv(end.join(lines))
    ]


async def test_a_column_that_was_said_and_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(FileUnusable, match=r"no column .wide.*name, size"):
        await of_csv("name,size\nBox,3\n", {"size": "wide"})


async def test_a_record_that_is_not_utf_8_cannot_be_read_and_stops_no_other() -> None:
    of_json = [raw.value async for raw in read_json(pieces('{"a": "é"}\n{"a": "e"}\n'.encode("latin-1")))]
    of_csv = [raw.value async for raw in read_csv(pieces("name\né\ne\n".encode("latin-1")), [("name", "name")], {})]

    assert (RecordNotUtf8, {"a": "e"}) == (type(of_json[0]), of_json[1])
    assert (RecordNotUtf8, {"name": "e"}) == (type(of_csv[0]), of_csv[1])


async def test_a_record_that_names_a_field_twice_cannot_be_read() -> None:
    (twice,) = await of_json('{"a": 1, "a": 2}')

    assert isinstance(twice, RecordUnreadable)
    assert "twice" in twice.detail


async def test_a_line_without_end_is_one_record_that_is_too_long() -> None:
    first, endless = await of_csv(f"name,size\nBox,3\n{'x' * 600_000}")

    assert {"name": "Box", "size": "3"} == first
    assert isinstance(endless, RecordTooLong)


async def test_an_open_quote_costs_its_own_line_alone() -> None:
    broken, cup = await of_csv('name,size\n"Box,3\nCup,4\n')

    assert isinstance(broken, QuotesBroken)
    assert {"name": "Cup", "size": "4"} == cup


async def test_where_many_rows_are_broken_none_goes_on_in_the_next_line() -> None:
    whole = '"Box\nred",3\n'

    first, *broken, last, _ = await of_csv(f"name,size\n{whole}" + '"""Box"",3\n' * 200 + whole)

    assert {"name": "Box\nred", "size": "3"} == first
    assert {QuotesBroken} == {type(each) for each in [*broken, last]}


class _Thing(RecordShape):
    name: Text = Field(None, max_length=5)
    size: int | None = None


def a_record(value: Any) -> Any:
    return record_of(RawRecord(1, value), _Thing, lambda thing: (thing.name, thing.size), called_by=("key", "name"))


def test_a_record_is_read_by_its_shape_and_called_by_its_key() -> None:
    found = a_record({"name": " Box ", "size": "3"})

    assert ("Box", 3) == found.content
    assert " Box " == found.identifier


@pytest.mark.parametrize("value", [{"name": "Boxes of many"}, {"size": "wide"}, {"colour": "red"}, {"name": "a\x00"}])
def test_a_field_that_cannot_be_what_it_says_is_told_by_its_name(value: dict[str, str]) -> None:
    found = a_record(value)

    assert isinstance(found.content, FieldInvalid)
    assert next(iter(value)) in found.content.detail


@pytest.mark.parametrize("mark", ["\x00", "\ud800", "\x1b"])
def test_what_no_database_keeps_stands_in_no_report(mark: str) -> None:
    called, unknown = a_record({"key": f"a{mark}b", "name": f"a{mark}b"}), a_record({f"a{mark}b": 1})

    assert isinstance(called.content, LibraryError)
    assert "a\ufffdb" == called.identifier
    assert isinstance(unknown.content, FieldInvalid)
    assert unknown.content.detail.isprintable()


@pytest.mark.parametrize("key", [["a"], {"a": 1}, "[" * 100, 0, None, True, 10**60])
def test_a_key_that_is_no_text_or_number_is_what_nothing_is_called_by(key: Any) -> None:
    expected = str(key)[:60] if isinstance(key, str | int) and key else "Box"

    assert expected == a_record({"key": key, "name": "Box"}).identifier


def test_an_empty_field_says_nothing_and_what_is_no_object_is_no_record() -> None:
    assert (None, None) == a_record({"name": " "}).content
    assert isinstance(a_record(3).content, LibraryError)


@pytest.mark.parametrize("turn", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_a_name_that_turns_the_direction_of_writing_is_taken_without_that(turn: str) -> None:
    assert "Ada Lovelace" == clean(f"Ada {turn}Lovelace")
