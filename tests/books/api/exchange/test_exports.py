import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.adapters.exchange.record_formats import RECORD_WRITERS
from books_service.application.exchange.export_books import BATCH
from books_service.domain.catalogue.record import BookRecord
from tests.books.adapters.exchange.test_record_formats import FORMATS, FULL
from tests.books.api.conftest import Service, bearer, problem
from tests.books.library import Library
from tests.books.makers import a_record, counted, counts_of
from tests.books.strategies import RECORDS

NAMES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "yaml": "application/yaml"}
NAMES |= {"marc": "application/marc", "marcxml": "application/marcxml+xml"}
BOOKS = [FULL, a_record(), a_record(publisher="Penguin"), *(a_record(title=f"Volume {n}") for n in range(BATCH))]


async def catalogue(library: Library) -> list[BookRecord]:
    records = await library.records.behind(None, limit=10_000)
    return [book.record for _, book in records]


@pytest.mark.parametrize("format", FORMATS)
async def test_an_export_makes_the_same_catalogue_in_an_empty_one(service: Service, format: str) -> None:
    library = service.library
    await library.catalogue(BOOKS)

    answer = await service.get(f"/v1/exports/books?format={format}", by="librarian")
    again = await service.upload(answer.content, query=f"format={format}")
    await library.work()
    unchanged = (await service.get(again.headers["location"], by="librarian")).json()
    await library.clear()
    path = (await service.upload(answer.content, query=f"format={format}")).headers["location"]
    await library.work()

    report = (await service.get(path, by="librarian")).json()
    assert (200, "application/octet-stream") == (answer.status_code, answer.headers["content-type"])
    assert re.fullmatch(r'attachment; filename="books-2026-03-02\.[a-z]+"', answer.headers["content-disposition"])
    assert (len(BOOKS), []) == (unchanged["skipped"], unchanged["errors"])
    assert (len(BOOKS), []) == (report["created"], report["errors"])
    assert BOOKS == await catalogue(library)


@pytest.mark.parametrize("format", FORMATS)
async def test_who_understands_a_format_gets_it_by_its_name(service: Service, format: str) -> None:
    headers = bearer("librarian") | {"Accept": f"text/html, {NAMES[format].partition(';')[0]}"}

    answer = await service.http.get(f"/v1/exports/books?format={format}", headers=headers)

    assert (200, NAMES[format]) == (answer.status_code, answer.headers["content-type"])
    assert "Accept" in answer.headers.get_list("vary", split_commas=True)


@pytest.mark.parametrize(("accepted", "status"), [("text/*", 200), ("application/xml", 406), ("text/csv;q=0", 406)])
async def test_a_form_that_no_export_has_is_refused(service: Service, accepted: str, status: int) -> None:
    headers = bearer("librarian") | {"Accept": accepted}

    answer = await service.http.get("/v1/exports/books?format=csv", headers=headers)

    assert status == answer.status_code
    assert 200 == status or (406, "not-acceptable") == problem(answer)


async def test_more_than_one_batch_is_one_text_in_json(service: Service) -> None:
    await service.library.catalogue(BOOKS)

    answer = await service.get("/v1/exports/books?format=json", by="librarian")

    assert len(BOOKS) == len(json.loads(answer.content)) > BATCH


async def test_an_empty_catalogue_is_exported_too(service: Service) -> None:
    answer = await service.get("/v1/exports/books?format=json", by="librarian")

    assert [] == json.loads(answer.content)


@pytest.mark.parametrize("query", ["", "format=csv&limit=3"])
async def test_what_cannot_be_written_is_refused(service: Service, query: str) -> None:
    assert (422, "invalid-request") == problem(await service.get(f"/v1/exports/books?{query}", by="librarian"))


@pytest.mark.parametrize(("by", "status"), [(None, 401), ("member", 403), ("loans", 403)])
async def test_only_cataloguers_export(service: Service, by: str | None, status: int) -> None:
    assert status == (await service.get("/v1/exports/books?format=csv", by=by)).status_code


def _names(record: BookRecord) -> set[str]:
    """Return what names exactly this book; two books of one catalogue share none of it."""
    number = record.control_number
    return {str(record.main_isbn)} - {"None"} | ({number.key} if number else set())


def _catalogues(records: list[BookRecord]) -> list[BookRecord]:
    """Leave out what one catalogue cannot hold, or could not tell apart."""
    kept: dict[BookRecord, set[str]] = {}
    for record in records:
        if record not in kept and not any(names & _names(record) for names in kept.values()):
            kept[record] = _names(record)
    return list(kept)


@settings(max_examples=10)
@given(books=st.lists(RECORDS, min_size=1, max_size=12).map(_catalogues))
@pytest.mark.parametrize("format", FORMATS)
async def test_whatever_is_in_a_catalogue_comes_back_from_its_export(
    library: Library, format: str, books: list[BookRecord]
) -> None:
    await library.clear()
    await library.catalogue(books)
    pieces = [piece async for piece in library.exchange.export_books(RECORD_WRITERS[format])]
    await library.clear()

    asked = await library.start_import(b"".join(pieces), format=format)
    await library.work()

    done = await library.seen(asked)
    assert (counted(read=len(books), created=len(books)), ()) == (counts_of(done), done.errors)
    assert books == await catalogue(library)
