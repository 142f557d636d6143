"""Five hundred rich records: brought in, read, sent back, edited, and brought out again without a loss."""

import random
from collections.abc import AsyncIterator
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest

from shared.persistence.database import Database
from tests.books.api.conftest import Service, a_service, bearer
from tests.books.api.exchange.test_marc import ISO, JSON, XML, put, read
from tests.books.library import Library
from tests.books.marc_records import Fields, Maker, fits_marc_8, in_iso_2709
from tests.kept_database import KeptFile
from tests.templates import Templates

RECORDS = 500
SEED = 31


Brought = list[tuple[str, Fields]]
"""The address of each book, and the fields of its record."""


@pytest.fixture(scope="module")
async def kept_books(
    package: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[KeptFile, Brought]]:
    """A database with the records, brought in once. One kind of database is enough: no SQL is proved here."""
    file = tmp_path_factory.mktemp("rich") / "books.db"
    library = Library(Database(await templates.on_sqlite(package, file)))
    async for service in a_service(library):
        brought = await bring_in(service)
    await library.database.dispose()
    kept = KeptFile(file)
    yield kept, brought
    await kept.leave()


@pytest.fixture
async def database(kept_books: tuple[KeptFile, Brought]) -> Database:
    kept, _ = kept_books
    assert await kept.clear()
    return kept.database


@pytest.fixture
def books(kept_books: tuple[KeptFile, Brought]) -> Brought:
    return kept_books[1]


def as_xml(leader: str, fields: Fields) -> str:
    lines = [f"<record><leader>{leader}</leader>"]
    for tag, first, *rest in fields:
        if not rest:
            lines.append(f'<controlfield tag="{tag}">{escape(first)}</controlfield>')
            continue
        parts = "".join(f'<subfield code="{code}">{escape(text)}</subfield>' for code, text in rest[0])
        lines.append(f'<datafield tag="{tag}" ind1="{first[0]}" ind2="{first[1]}">{parts}</datafield>')
    return "".join([*lines, "</record>"])


def in_lists(answer: httpx.Response) -> Fields:
    """Return the fields of a record in JSON as the maker makes them."""
    fields: Fields = []
    for each in answer.json()["fields"]:
        ((tag, value),) = each.items()
        if isinstance(value, str):
            fields.append([tag, value])
        else:
            parts = [[code, text] for part in value["subfields"] for code, text in part.items()]
            fields.append([tag, value["ind1"] + value["ind2"], parts])
    return fields


async def bring_in(service: Service) -> Brought:
    """Import the records: in MARC-8 what fits, some in UTF-8, and the rest in MARCXML; return address and fields."""
    maker = Maker(SEED)
    records = [maker.record() for _ in range(RECORDS)]
    half = RECORDS // 2
    iso = b"".join(in_iso_2709(*each, in_marc_8=fits_marc_8(each[1])) for each in records[:half])
    assert any(fits_marc_8(each[1]) for each in records[:half])
    xml = f"<collection>{''.join(as_xml(*each) for each in records[half:])}</collection>"
    for format, content in (("marc", iso), ("marcxml", xml.encode())):
        path = (await service.upload(content, query=f"format={format}")).headers["location"]
        await service.library.work()
        report = (await service.get(path, by="librarian")).json()
        assert (half, []) == (report["created"], report["errors"])
    books = [book_id for book_id, _ in await service.library.records.behind(None, limit=RECORDS)]
    return [(f"/v1/books/{book_id}", fields) for book_id, (_, fields) in zip(books, records, strict=True)]


async def test_a_record_is_shown_as_it_came_and_changes_nothing_when_it_is_sent_back(
    service: Service, books: Brought
) -> None:
    forms = random.Random(SEED)
    for path, fields in books[::5]:
        shown = await read(service, f"{path}/marc")
        form = forms.choice([JSON, XML, ISO])
        sent = await read(service, f"{path}/marc", form)

        answer = await put(service, f"{path}/marc", sent.content, form=form, tag=sent.headers["etag"])

        assert fields == in_lists(shown)
        assert (200, shown.headers["etag"]) == (answer.status_code, answer.headers["etag"])
        assert sent.content == answer.content


async def test_edited_by_the_api_a_record_goes_out_with_all_else_that_it_had(service: Service, books: Brought) -> None:
    for number, (path, _) in enumerate(books):
        change = {"title": f"Entirely new {number}"}
        assert 200 == (await service.change("PATCH", path, change, if_match="*")).status_code

    exported = (await service.http.get("/v1/exports/books?format=marc", headers=bearer("librarian"))).content

    (*records, rest) = exported.split(b"\x1d")
    assert (RECORDS, b"") == (len(records), rest)
    for number, (record, (_, fields)) in enumerate(zip(records, books, strict=True)):
        directory, *data, _ = record[24:].split(b"\x1e")
        places = [int(directory[at + 7 : at + 12]) for at in range(0, len(directory), 12)]
        assert sorted(places) == places
        found = [each for each in map(bytes.decode, data) if not each.startswith("  \x1fa(library)")]
        expected = list(map(as_data, fields))
        found = [each for each in found if each in expected or "\x1fw(DE-1)" not in each]  # others name it as related
        differing = [(old, new) for old, new in zip(expected, found, strict=True) if old != new]
        assert 1 == len(differing)
        assert f"Entirely new {number}" in differing[0][1]
        assert differing[0][0].split("\x1f")[-1] == differing[0][1].split("\x1f")[-1]  # who is named beside it


def as_data(field: list[Any]) -> str:
    """Return a field as it stands in a file."""
    _, first, *rest = field
    parts = rest[0] if rest else ()
    return str(first) + "".join(f"\x1f{code}{text}" for code, text in parts)
