import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.adapters.exchange.text.csv_records import ColumnNotFound
from books_service.application.exchange.ports import IncomingRecord
from books_service.domain.catalogue.record import BookRecord
from tests.books.makers import a_record
from tests.books.reading import codes, titles, written
from tests.books.reading import read as read_as

PLAIN = "title,authors,isbns\nEmma,Jane Austen,9780141439587\n"


async def read(content: str | bytes, **how: Any) -> list[IncomingRecord]:
    return await read_as("csv", content, **how)


async def test_columns_are_our_fields() -> None:
    (record,) = await read(PLAIN)

    assert {"title": "Emma", "authors": ("Jane Austen",), "isbns": ("9780141439587",)} == record.raw_fields
    assert (1, None) == (record.number, record.problem)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
async def test_every_dialect_of_spreadsheets_is_read(separator: str, end: str, mark: str) -> None:
    content = mark + PLAIN.replace(",", separator).replace("\n", end)

    assert await read(PLAIN) == await read(content)


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
async def test_it_does_not_matter_how_a_file_comes_in(piece: int) -> None:
    content = 'title,authors\r\n"A ""quoted"", title\r\nof two lines",Émile\r\n\r\nZoë,"Brontë; Austen"\r\n'

    assert await read(content) == await read(content, piece=piece)
    assert ['A "quoted", title\nof two lines', "Zoë"] == titles(await read(content))


async def test_names_of_columns_may_be_mapped_and_stand_in_any_case() -> None:
    content = " Title ,Writer,original_publication_year\nEmma,Jane Austen,1815.0\n"

    (record,) = await read(content, columns={"authors": "writer", "published_year": "original_publication_year"})

    assert ("Emma", ("Jane Austen",), "1815.0") == tuple(
        record.raw_fields[field] for field in ("title", "authors", "published_year")
    )


async def test_a_mapped_column_goes_before_one_of_our_name() -> None:
    (record,) = await read("title,original_title\nDe Witte,The White\n", columns={"title": "original_title"})

    assert "The White" == record.raw_fields["title"]


@pytest.mark.parametrize("columns", [{"isbns": "isbn13"}, {"title": "name"}])
async def test_a_mapped_column_has_to_be_there(columns: dict[str, str]) -> None:
    with pytest.raises(ColumnNotFound, match="title, authors, isbns"):
        await read(PLAIN, columns=columns)


@pytest.mark.parametrize("content", ["", "\n\n", "authors\nJane Austen\n", "\x00\x01\x02", "<html>", '"'])
async def test_without_a_title_column_nothing_is_read(content: str) -> None:
    with pytest.raises(ColumnNotFound, match="title"):
        await read(content)


async def test_authors_are_split_where_the_caller_says() -> None:
    content = 'title,authors,subjects\nCapital,"Marx, Karl; Engels, Friedrich","Capital; Labour, history of"\n'

    (at_semicolons,), (at_commas,) = await read(content), await read(content, split=",")

    assert ("Marx, Karl", "Engels, Friedrich") == at_semicolons.raw_fields["authors"]
    assert ("Marx", "Karl; Engels", "Friedrich") == at_commas.raw_fields["authors"]
    assert ("Capital", "Labour, history of") == at_commas.raw_fields["subjects"] == at_semicolons.raw_fields["subjects"]


async def test_subjects_without_semicolons_are_split_like_authors() -> None:
    (record,) = await read('title,subjects\nEmma,"Courtship, England"\n', split=",")

    assert ("Courtship", "England") == record.raw_fields["subjects"]


async def test_blank_rows_are_no_records() -> None:
    records = await read("title,isbns\n\n,\n   ,  \nEmma,1\n\n\nPersuasion,2\n,,,\n")

    assert [(1, "Emma"), (2, "Persuasion")] == [(record.number, record.raw_fields["title"]) for record in records]


async def test_a_short_row_says_less() -> None:
    (record,) = await read("title,authors,isbns\nEmma\n")

    assert "isbns" not in record.raw_fields


async def test_a_row_with_too_many_fields_is_reported_and_stepped_over() -> None:
    records = await read("title,isbns\nEmma,1,surplus\nPersuasion,2,,\nVillette,3\n")

    assert ["too-many-columns", None, None] == codes(records)
    assert ["Emma", "Persuasion", "Villette"] == titles(records)


async def test_of_a_row_that_cannot_be_read_only_its_names_are_told() -> None:
    (record,) = await read("title,isbns,identifiers\nEmma,1,doi|10.1/2,surplus\n")

    assert {"title": "Emma", "isbns": ("1",)} == record.raw_fields


async def test_broken_quotes_are_reported_and_only_their_line_is_lost() -> None:
    broken = '"Broken "quotes",x\n"Never closed,y\n'

    records = await read(f'title,authors\nEmma,Jane\n{broken}Persuasion,"Jane"\nVillette,C\n')

    assert [None, "quotes-broken", "quotes-broken", None, None] == codes(records)
    assert ["Emma", "Persuasion", "Villette"] == [titles(records)[place] for place in (0, 3, 4)]


async def test_an_unclosed_quote_does_not_swallow_the_rest_of_a_long_file() -> None:
    rows = "".join(f"Volume {number},Somebody\n" for number in range(5_000))

    records = await read(f'title,authors\n"Never closed,x\n{rows}', piece=4_096)

    assert 5_001 == len(records)
    assert "quotes-broken" == codes(records)[0]


async def test_a_record_in_another_encoding_is_reported_and_the_others_are_read() -> None:
    records = await read(b"title\nEmma\n" + "Émile\n".encode("latin-1") + "Zoë\n".encode())

    assert [None, "not-utf8", None] == codes(records)
    assert "Zoë" == records[2].raw_fields["title"]


async def test_utf_16_without_a_mark_has_no_column_that_anybody_knows() -> None:
    with pytest.raises(ColumnNotFound):
        await read(PLAIN.encode("utf-16-le"))


@pytest.mark.parametrize("cell", ["x" * 2_000_000, f'"{"x" * 2_000_000}"', '"' + "x\n" * 20_000 + '"', "x" * 200_000])
async def test_a_cell_without_end_is_reported_and_stepped_over(cell: str) -> None:
    records = await read(f"title,isbns\nEmma,1\n{cell},2\nVillette,3\n", piece=256 * 1024)

    assert [None, None] == [codes(records)[0], codes(records)[-1]]
    assert {"record-too-long", "quotes-broken"} >= set(codes(records)) - {None}
    assert ("Emma", "Villette") == (titles(records)[0], titles(records)[-1])


async def test_nul_is_a_character_like_any_other_until_the_catalogue_looks_at_it() -> None:
    assert ["Em\0ma", "Villette"] == titles(await read("title\nEm\0ma\nVillette\n"))


async def test_parts_of_a_value_stand_between_bars() -> None:
    content = "title,contributors,identifiers,series\n"
    content += 'Iliad,"Fagles|translator; Knox; |editor","doi|10.1/2; 77|5; B12; doi|",Classics|12a; Greek\n'

    (record,) = await read(content)

    assert (("Fagles", "translator"), ("Knox", "contributor"), ("", "editor")) == record.raw_fields["contributors"]
    assert (("doi", "10.1/2", None), ("77", "5", None), ("other", "B12", None), ("doi", "", None)) == record.raw_fields[
        "identifiers"
    ]
    assert (("Classics", "12a"), ("Greek", None)) == record.raw_fields["series"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_no_cell_is_a_formula_whatever_a_spreadsheet_splits_at(separator: str) -> None:
    record = a_record(title="x;=1+1", subtitle="y; @z", subjects=["a", "=b"], authors=["Bo; +c"])
    file = written("csv", [record]).decode()

    rows = list(csv.reader(io.StringIO(file), delimiter=separator))

    assert [] == [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert [record] == [BookRecord.repaired(found.raw_fields)[0] for found in await read(file)]


async def test_a_spreadsheet_takes_no_title_for_a_formula() -> None:
    file = written("csv", [a_record(title="=HYPERLINK(1)", authors=["@home"], published_year=-5)]).decode()

    assert """"'=HYPERLINK(1)","'@home",""" in file
    assert '"-5",' in file


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
async def test_no_sign_that_begins_a_formula_begins_a_cell_not_even_in_its_wide_form(sign: str) -> None:
    record = a_record(title=f"{sign}1+1")
    file = written("csv", [record]).decode()

    assert f'"\'{sign}1+1"' in file
    assert [record.title] == titles(await read(file))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip), min_size=1))
async def test_every_title_comes_through_properly_quoted_csv(names: list[str]) -> None:
    quoted = "".join(f'"{name.replace(chr(34), chr(34) * 2)}"\n' for name in names)

    assert [name.strip() for name in names] == titles(await read("title\n" + quoted))
