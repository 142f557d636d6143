"""Books knows nobody: no act of staff in the catalogue can be one for themselves."""

import json

from books_service.persistence.metadata import metadata
from tests.books.api.conftest import Service

WORDS = ("member", "card_number", "borrower")


def test_no_operation_of_the_catalogue_takes_or_tells_whose_anything_is(service: Service) -> None:
    document = service.app.openapi()
    named = {
        name
        for schema in document["components"]["schemas"].values()
        for name in schema.get("properties", {})
        if any(word in name for word in WORDS)
    }
    asked = {
        parameter["name"]
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if any(word in json.dumps(parameter["name"]) for word in WORDS)
    }

    assert (set(), set()) == (named, asked)


def test_no_table_of_the_catalogue_has_a_column_for_a_person() -> None:
    columns = {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.c}

    assert not {column for column in columns if any(word in column for word in WORDS)}
