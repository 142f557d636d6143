"""What authority files on the web call the names and subjects of a book."""

import pytest

from books_service.domain.authorities.authority import AuthorityKind
from books_service.domain.authorities.headings import Headings, Known
from books_service.domain.catalogue.heading_uri import HeadingUri, InvalidHeadingUri
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import InvalidValue
from shared.kernel.ids import new_id

GND = "https://d-nb.info/gnd/118529579"
ELIOT = HeadingUri("Eliot, George", GND)


def a_book() -> BookRecord:
    return BookRecord.of(title="Romola", authors=["Eliot, George"], heading_uris=[("Eliot, George", GND)])


@pytest.mark.parametrize("uri", ["118529579", "ftp://d-nb.info/gnd/1", "https://", "https://a b/c", "https://[x"])
def test_a_uri_is_an_address_of_the_web(uri: str) -> None:
    with pytest.raises(InvalidHeadingUri):
        HeadingUri.of("Eliot, George", uri)


def test_a_uri_is_of_a_heading_that_the_book_bears() -> None:
    with pytest.raises(InvalidValue):
        BookRecord.of(title="Romola", authors=["Eliot, George"], heading_uris=[("Evans, Mary", GND)])
    with pytest.raises(InvalidValue):
        a_book().with_changes({"heading_uris": [("Evans, Mary", GND)]})
    record, wrong = BookRecord.repaired({"title": "Romola", "heading_uris": (("Evans, Mary", GND),)})

    assert ((), ["invalid-heading-uri"]) == (record.heading_uris, [each.code for each in wrong])


def test_it_goes_with_its_heading_and_stays_when_something_else_changes() -> None:
    assert (ELIOT,) == a_book().with_changes({"title": "Middlemarch"}).heading_uris
    assert () == a_book().with_changes({"authors": ["Somebody else"]}).heading_uris


def test_it_follows_where_the_heading_is_corrected() -> None:
    known = Known(new_id(), AuthorityKind.PERSON, "Eliot, George, 1819-1880", ("Eliot, George",))

    assert (HeadingUri("Eliot, George, 1819-1880", GND),) == Headings([known]).corrected(a_book()).heading_uris
