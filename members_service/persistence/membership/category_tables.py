"""The versions of the categories in the database, as JSON; those that come with the service lie beside this module."""

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.membership.membership import Categories, CategoryTable, CategoryTerms
from members_service.persistence.membership.tables import category_tables, members

_FILE = Path(__file__).with_name("categories.json")
_TERMS = TypeAdapter(tuple[CategoryTerms, ...])
NEWEST = select(category_tables).order_by(category_tables.c.version.desc()).limit(1)


class CategoryTables:
    """The categories, version by version."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def newest(self) -> CategoryTable:
        """Return the table in force."""
        return category_table((await self._session.execute(NEWEST)).first())

    async def in_use(self, among: Collection[str]) -> set[str]:
        """Return those of `among` that somebody is a member of."""
        found = set()
        for category in among:
            query = select(members.c.member_id).where(members.c.category == category).limit(1)
            if (await self._session.execute(query)).first() is not None:
                found.add(category)
        return found

    async def add(self, table: CategoryTable) -> None:
        """Put a new version in force. Raises OutOfDate, here or at the commit, when another transaction was faster."""
        document = write_categories(table.categories)
        row = {"version": table.version, "document": document, "made_at": table.made_at}
        await self._session.execute(insert(category_tables), [row])


def category_table(row: Row[Any] | None) -> CategoryTable:
    """Return the table in a row; without a row, the categories with which every library begins."""
    if row is None:
        return default_categories()
    return CategoryTable(row.version, read_categories(row.document), row.made_at)


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
