"""The categories of membership as a JSON document; those that come with the service lie beside this module."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from members_service.domain.membership.membership import Categories, CategoryTable, CategoryTerms

_FILE = Path(__file__).with_name("categories.json")
_TERMS = TypeAdapter(tuple[CategoryTerms, ...])


@lru_cache
def default_categories() -> CategoryTable:
    """Return the categories with which every library begins."""
    return CategoryTable(1, Categories(_TERMS.validate_json(_FILE.read_bytes())))


def read_categories(document: Any) -> Categories:
    """Return the categories that `write_categories` has written."""
    return Categories(_TERMS.validate_python(document))


def write_categories(categories: Categories) -> list[dict[str, Any]]:
    """Return the categories as JSON values."""
    written: list[dict[str, Any]] = _TERMS.dump_python(categories.terms, mode="json", exclude_defaults=True)
    return written
