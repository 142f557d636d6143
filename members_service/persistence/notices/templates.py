"""The library's own templates, version by version; what comes with the service has no rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Row, Select, String, Table, Text, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.message import Way
from members_service.domain.notices.template import Template, TemplateKey
from members_service.persistence.schema import metadata
from shared.persistence.types import UtcDateTime

notice_templates = Table(
    "notice_templates",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("way", String(20), primary_key=True),
    Column("language", String(35), primary_key=True),
    Column("branch", String(40), primary_key=True, comment="Empty: the whole library."),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("subject", Text),
    Column("text", Text, comment="Without one the shipped template is in force again."),
    Column("html", Text),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(255)),
    comment="Each version of the words of a notice.",
)
_KEY = ("kind", "way", "language", "branch")


def of_key(key: TemplateKey) -> Select[Any]:
    """Return the select of all versions of a template, the newest first."""
    query = select(notice_templates).order_by(notice_templates.c.version.desc())
    return query.where(*(notice_templates.c[name] == value for name, value in _values(key).items()))


def newest_of_each() -> Select[Any]:
    """Return the select of the newest version of each template."""
    later = notice_templates.alias()
    same = (later.c[name] == notice_templates.c[name] for name in _KEY)
    newest = select(func.max(later.c.version)).where(*same).scalar_subquery()
    return select(notice_templates).where(notice_templates.c.version == newest)


def key_of(row: Row[Any]) -> TemplateKey:
    """Return what the template in a row is for."""
    return TemplateKey(row.kind, Way(row.way), row.language, row.branch or None)


def template_of(row: Row[Any]) -> Template | None:
    """Return the template in a row; None where the shipped one is in force again."""
    return None if row.text is None else Template(row.text, row.subject, row.html)


class Templates:
    """The templates that a library wrote."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def newest(self, key: TemplateKey) -> tuple[int, Template | None]:
        """Return the version in force, and what it says; version 0 and None where the library wrote nothing."""
        row = (await self._session.execute(of_key(key).limit(1))).first()
        return (0, None) if row is None else (row.version, template_of(row))

    async def add(
        self, key: TemplateKey, template: Template | None, *, version: int, by: str | None, now: datetime
    ) -> None:
        """Put a version in force. Raises OutOfDate, here or at the commit, when another transaction was faster."""
        parts = {name: getattr(template, name, None) for name in ("subject", "text", "html")}
        row = {**_values(key), **parts, "version": version, "made_at": now, "made_by": by}
        await self._session.execute(insert(notice_templates), [row])


def _values(key: TemplateKey) -> Mapping[str, str]:
    return {"kind": key.kind, "way": key.way.value, "language": key.language, "branch": key.branch or ""}
