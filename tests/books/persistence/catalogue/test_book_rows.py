"""Rows that the release before wrote, which knew one ISBN and one language of a book, and the others as identifiers."""

import pytest
from sqlalchemy import text

from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.persistence.catalogue.book_json import from_json
from tests.books.library import Library
from tests.books.makers import ISBN, OTHER_ISBN, a_record

BY_THE_RELEASE_BEFORE = """
    UPDATE books SET isbn = :isbn, language = 'de', identifiers = '[
        {"scheme": "isbn", "value": "0-14-143951-3", "source": null},
        {"scheme": "isbn", "value": "12", "source": null},
        {"scheme": "oclc", "value": "7", "source": null}
    ]'
"""


@pytest.mark.parametrize("further", [(), ("fr",)], ids=["added", "revised"])
async def test_what_the_release_before_says_of_a_book_is_read_whole(library: Library, further: tuple[str, ...]) -> None:
    added = await library.add_book(languages=("en", *further))
    async with library.database.engine.begin() as connection:
        await connection.execute(text(BY_THE_RELEASE_BEFORE), {"isbn": ISBN})

    shown = await library.queries.book(added.book_id)
    ((_, exported),) = await library.records.behind(None, limit=1)
    async with library.unit_of_work() as uow:
        record = (await uow.books.get(added.book_id)).record

    assert record == exported.record
    assert ((ISBN, OTHER_ISBN), ("de", *further)) == (shown.isbns, shown.languages)
    assert (Identifier(Scheme.OTHER, "12", "isbn"), Identifier(Scheme.OCLC, "7")) == shown.identifiers
    assert (shown.isbns, shown.identifiers) == (tuple(map(str, record.isbns)), record.identifiers)


async def test_the_release_before_reads_the_main_isbn_the_others_as_identifiers_and_one_language(
    library: Library,
) -> None:
    await library.add_book(isbns=[ISBN, OTHER_ISBN], identifiers=(("oclc", "7", None),), languages=("en", "fr"))

    row = await library.database.first(text("SELECT isbn, language, identifiers FROM books"))

    assert (ISBN, "en") == (row.isbn, row.language)
    stored = str(row.identifiers)
    assert stored.index("oclc") < stored.index(OTHER_ISBN)
    assert "isbn" in stored


def test_what_the_history_says_of_one_isbn_and_one_language_is_read_as_lists() -> None:
    beside = {"scheme": "isbn", "value": OTHER_ISBN, "source": None}

    record = from_json({"title": "Emma", "isbn": ISBN, "language": "en", "identifiers": [beside]})

    assert a_record(authors=[], published_year=None, isbns=[ISBN, OTHER_ISBN], languages=["en"]) == record
