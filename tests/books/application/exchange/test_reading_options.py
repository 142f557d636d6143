"""How a file of books or copies is to be read, and what of it is refused before it comes in."""

from typing import Any

import pytest

from books_service.application.exchange.ports import ReadingOptions
from books_service.application.exchange.reading_options import UnknownRecords, reading_options
from shared.kernel.file_records import InvalidMapping


def options(format: str, mapping: Any, what: str = "books") -> ReadingOptions:
    return reading_options(format, mapping, what=what)


def test_a_mapping_names_only_fields_that_there_are() -> None:
    with pytest.raises(InvalidMapping, match="colour"):
        options("csv", {"colour": "color"})
    with pytest.raises(InvalidMapping):
        options("csv", {"title": 5})
    assert {"copy_barcode": "Barcode"} == options("csv", {"copy_barcode": "Barcode"}).columns
    assert {"book": "biblionumber"} == options("csv", {"book": "biblionumber"}, "copies").columns


def test_for_marc_a_mapping_says_where_copies_stand() -> None:
    assert {"945": {"barcode": "i", "branch": "=MAIN"}} == options(
        "marc", {"945": {"barcode": "i", "branch": "=MAIN"}}
    ).items
    wrongs: list[Any] = [
        {"title": "a"},
        {"945": {"branch": "a"}},
        {"945": {"barcode": "i", "colour": "c"}},
        {"001": {}},
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidMapping):
            options("marc", wrong)


def test_copies_alone_do_not_come_as_marc() -> None:
    with pytest.raises(UnknownRecords):
        options("marc", {}, "copies")
    with pytest.raises(UnknownRecords):
        options("csv", {}, "members")
