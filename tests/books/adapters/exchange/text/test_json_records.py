import json

import pytest

from books_service.application.exchange.ports import IncomingRecord
from books_service.domain.catalogue.record import BookRecord
from tests.books.reading import codes, titles
from tests.books.reading import read as read_as

NAMES = ("Emma", "Persuasion", "Villette")
BOOKS = [{"title": name} for name in NAMES]
SHAPES = {
    "array": json.dumps(BOOKS),
    "array of lines": "[\n" + ",\n".join(map(json.dumps, BOOKS)) + "\n]\n",
    "printed array": json.dumps(BOOKS, indent=2),
    "lines": "".join(f"{json.dumps(book)}\n" for book in BOOKS),
    "printed, one after the other": "\n".join(json.dumps(book, indent=2) for book in BOOKS),
}


async def read(content: str | bytes, *, piece: int = 20) -> list[IncomingRecord]:
    return await read_as("json", content, piece=piece)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("piece", [1, 20, 10_000])
async def test_books_stand_in_an_array_or_one_after_the_other(shape: str, piece: int) -> None:
    records = await read(SHAPES[shape], piece=piece)

    assert (list(NAMES), [1, 2, 3]) == (titles(records), [record.number for record in records])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("piece", [1, 20, 10_000])
@pytest.mark.parametrize(
    "broken",
    [
        '{"title": }',
        '{"title": "Persuasion" "isbn": 1}',
        '{"title": "Persuasion", "title": "Emma"}',
        '{"title": "Persuasion", "published_year": NaN}',
        '{"title": "Persu\tasion"}',
        '{"title": "\\x"}',
        '"Persuasion"',
        "42",
        "[1, 2]",
        "null",
        "nonsense",
        f'{{"title": {"[" * 5_000}{"]" * 5_000}}}',
        f'{{"title": {"[" * 20}{"]" * 20}}}',
    ],
)
async def test_a_broken_record_is_reported_and_stepped_over(shape: str, piece: int, broken: str) -> None:
    second = json.dumps(BOOKS[1])
    content = SHAPES[shape].replace(second, broken)
    if content == SHAPES[shape]:  # printed over several lines
        content = content.replace('{\n    "title": "Persuasion"\n  }', broken).replace(
            '{\n  "title": "Persuasion"\n}', broken
        )

    records = await read(content, piece=piece)

    assert ("Emma", "Villette") == (titles(records)[0], titles(records)[-1])
    assert [None, "record-unreadable", None] == codes(records)


@pytest.mark.parametrize("broken", ['{"title": "Persuasion', '{"title": "Persuasion"', '{"title": ["Persuasion"}', "}"])
async def test_what_is_not_closed_ends_with_its_line(broken: str) -> None:
    for content in (SHAPES["lines"], SHAPES["array of lines"]):
        records = await read(content.replace('{"title": "Persuasion"}', broken))

        assert [None, "record-unreadable", None] == codes(records)


async def test_what_is_not_closed_at_the_end_is_reported() -> None:
    assert [None, "record-unreadable"] == codes(await read('[{"title": "Emma"}, {"title": "Persu'))


@pytest.mark.parametrize("piece", [1, 10_000])
@pytest.mark.parametrize("between", ["", "\n", ", ", "[] [ ]"])
async def test_files_that_were_joined_are_read_to_the_end(piece: int, between: str) -> None:
    records = await read(f'[{{"title": "Emma"}}]{between}[{{"title": "Persuasion"}}]', piece=piece)

    assert ["Emma", "Persuasion"] == titles(records)


async def test_what_stands_behind_the_array_is_reported() -> None:
    assert [None, "record-unreadable"] == codes(await read('[{"title": "Emma"}] nonsense'))


@pytest.mark.parametrize("long", ['"' + "x" * 2_000_000 + '"', "[" * 2_000_000, "1" * 2_000_000])
@pytest.mark.parametrize("between", [",", ",\n"])
async def test_a_record_without_measure_is_reported(long: str, between: str) -> None:
    closed = long + "]" * long.count("[")
    content = between.join(['[{"title": "Emma"}', f'{{"title": {closed}}}', '{"title": "Villette"}]'])

    records = await read(content, piece=256 * 1024)

    assert [None, "record-too-long", None] == codes(records)


async def test_numbers_are_taken_as_they_stand() -> None:
    (record,) = await read(f'{{"title": 1984, "published_year": 2008.0, "extent": {"9" * 5_000}, "edition": 1e400}}')

    assert ("1984", "2008.0", "9" * 5_000, "1e400") == tuple(
        record.raw_fields[name] for name in ("title", "published_year", "extent", "edition")
    )


async def test_names_and_parts_are_lists_or_a_text() -> None:
    book = {
        "title": "Iliad",
        "authors": "Homer; Anon",
        "subjects": [{"name": "Troy"}, None, "War"],
        "contributors": [{"name": "Fagles", "role": "translator"}, {"name": "Knox"}, "Somebody"],
        "identifiers": [{"scheme": "doi", "value": "10.1/2"}, {"value": 77, "source": "shelf"}, "B12"],
        "series": ["Classics", {"title": "Greek", "number": 3}],
        "publisher": None,
        "rating": 5,
    }

    (record,) = await read(json.dumps(book))

    assert {
        "title": "Iliad",
        "authors": ("Homer", "Anon"),
        "subjects": ("Troy", "War"),
        "contributors": (("Fagles", "translator"), ("Knox", "contributor"), ("Somebody", "contributor")),
        "identifiers": (("doi", "10.1/2", None), ("other", "77", "shelf"), ("other", "B12", None)),
        "series": (("Classics", None), ("Greek", "3")),
    } == record.raw_fields


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("publisher", ["Penguin"]),
        ("publisher", True),
        ("publisher", {}),
        ("authors", {"name": "Homer"}),
        ("authors", [["Homer"]]),
        ("contributors", "Fagles"),
        ("contributors", [1.5, []]),
        ("series", [{"title": ["x"]}]),
    ],
)
async def test_a_value_of_another_kind_is_left_out_and_reported(field: str, value: object) -> None:
    (record,) = await read(json.dumps({"title": "Emma", field: value}))

    assert (None, {"title": "Emma"}) == (record.problem, record.raw_fields)
    assert [("invalid-shape", field)] == [(error.code, getattr(error, "field", "")) for error in record.wrong]


@pytest.mark.parametrize(
    "book", [{"contributors": [{"role": "editor"}]}, {"identifiers": [{"scheme": "doi"}]}, {"series": [{"number": 1}]}]
)
async def test_a_part_that_has_to_be_said_is_missed_by_the_catalogue(book: dict[str, object]) -> None:
    (record,) = await read(json.dumps({"title": "Emma"} | book))

    left, wrong = BookRecord.repaired(record.raw_fields)

    assert (BookRecord("Emma"), ["invalid-text"]) == (left, [error.code for error in wrong])


async def test_fields_may_have_other_names_in_the_file() -> None:
    (record,) = await read_as("json", '{"name": "Emma", "title": "x"}', columns={"title": "name"})

    assert {"title": "Emma"} == record.raw_fields
