import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from books_service.domain.catalogue.book import BookAdded, BookEvent, BookMerged, BookRemoved, BookRevised
from books_service.domain.stock.copy import CopyAdded, CopyEvent, CopyRemoved, CopyRevised, CopyStatusChanged
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from books_service.persistence.messages import SCHEMAS, message
from books_service.persistence.tables import map_model
from tests.books.makers import EMMA, EMMA_COPY, ISBN, NOW, a_book, a_copy, a_record

map_model()  # before the first book is made, as the service does it
SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
BOOK = a_book(
    isbns=[ISBN],
    languages=["eng"],
    contributors=[("Fiona Stafford", "editor")],
    identifiers=[("oclc", "51086742", None)],
    series=[("Penguin Classics", None)],
)
EVENTS: list[BookEvent | CopyEvent] = [
    BookAdded(BOOK, NOW),
    BookRevised(BOOK, NOW, a_record()),
    BookAdded(a_book(), NOW),
    BookRemoved(BOOK, NOW),
    BookMerged(BOOK, a_book(id=EMMA_COPY).id, NOW),
    CopyAdded(a_copy(price=Money(2500, "EUR")), NOW),
    CopyRevised(a_copy(), NOW, {"branch": "EAST"}),
    CopyStatusChanged(a_copy(), CopyStatus.MISSING, CopyStatus.IN_SERVICE, NOW),
    CopyRemoved(a_copy(), NOW),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_what_is_told_is_what_the_schema_promises(event: BookEvent | CopyEvent) -> None:
    published = message(event)

    assert NOW == published.occurred_at
    assert str(EMMA if published.type.startswith("books.book.") else EMMA_COPY) == published.subject
    assert [] == [error.message for error in _validator(published.type).iter_errors(published.data)]
    assert json.loads(json.dumps(published.data)) == published.data


def test_a_copy_that_is_of_no_volume_any_more_says_so() -> None:
    told = message(CopyRevised(a_copy(volume=None), NOW, {"volume": None})).data

    assert (None, None) == (told["volume"], told["volume_key"])


@pytest.mark.parametrize("type_", SCHEMAS)
def test_every_type_has_a_sample_that_looks_like_what_is_told(type_: str) -> None:
    sample = json.loads((SAMPLES / f"{type_}.json").read_text())
    published = next(message(event) for event in EVENTS if message(event).type == type_)

    assert [] == [error.message for error in _validator(type_).iter_errors(sample["data"])]
    assert published.data.keys() == sample["data"].keys()
    assert (type_, "/books") == (sample["type"], sample["source"])


def _validator(type_: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[type_], format_checker=FormatChecker())
