"""What a copy said before an import, as facts that it takes again."""

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

from books_service.domain.attributes import Attribute
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.money import Money


def copy_facts(values: Mapping[str, Any]) -> CopyFacts:
    """Return JSON values of a copy as its facts."""
    facts = {
        name: value if value is None or name not in _READERS else _READERS[name](value)
        for name, value in values.items()
    }
    return cast("CopyFacts", facts)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "book_id": UUID,
    "bound_with": lambda values: tuple(map(UUID, values)),
    "barcode": Barcode.parse,
    "price": lambda value: Money(**value),
    "tags": tuple,
    "attributes": lambda values: tuple(Attribute(**each) for each in values),
}
