"""Queries of templates: one select each."""

from collections.abc import Mapping, Sequence

from members_service.application.notices.templates.views import TemplateVersionView
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import Template, TemplateKey
from members_service.persistence.notices.templates import (
    key_of,
    newest_of_each,
    notice_templates,
    of_key,
    template_of,
)
from shared.persistence.database import Database


class TemplateQueries:
    """Fetches the templates that a library wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, kinds: Sequence[str], way: Way, branch: str | None) -> Mapping[TemplateKey, Template]:
        """Return the templates in force of these kinds, in all languages, for the library and for one branch."""
        columns, places = notice_templates.c, {"", branch or ""}
        query = newest_of_each().where(columns.kind.in_(kinds), columns.way == way.value, columns.branch.in_(places))
        found = {key_of(row): template_of(row) for row in await self._database.rows(query)}
        return {key: template for key, template in found.items() if template is not None}

    async def version(self, key: TemplateKey) -> tuple[int, Template | None]:
        """Return the version in force and what it says; 0 and None where the library wrote nothing."""
        rows = await self._database.rows(of_key(key).limit(1))
        return (rows[0].version, template_of(rows[0])) if rows else (0, None)

    async def versions(self, key: TemplateKey, *, limit: int, before: int | None) -> list[TemplateVersionView]:
        """Return up to `limit` versions before that one, newest first."""
        query = of_key(key) if before is None else of_key(key).where(notice_templates.c.version < before)
        return [
            TemplateVersionView(row.version, row.subject, row.text, row.html, row.made_at, row.made_by)
            for row in await self._database.rows(query.limit(limit))
        ]

    async def of_library(self) -> list[TemplateKey]:
        """Return the keys of all templates that the library wrote and has not given up."""
        rows = await self._database.rows(newest_of_each().where(notice_templates.c.text.is_not(None)))
        return [key_of(row) for row in rows]
