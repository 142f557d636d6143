"""The versions of how the library sends notices."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.notice_settings import NoticeDefaults, NoticeSettings
from members_service.persistence.notices.tables import notice_settings

_newest = select(notice_settings.c.version, notice_settings.c.document, notice_settings.c.noted_since)
NEWEST = _newest.order_by(notice_settings.c.version.desc()).limit(1)


class NoticeSettingsTable:
    """How the library sends notices; a change is another version."""

    def __init__(self, session: AsyncSession, defaults: NoticeDefaults) -> None:
        self._session = session
        self._defaults = defaults

    async def current(self) -> NoticeSettings:
        """Return the settings in force."""
        return settings_in((await self._session.execute(NEWEST)).first(), self._defaults.settings)

    async def put(self, settings: NoticeSettings, *, now: datetime) -> None:
        """Write another version."""
        row = {"version": settings.version, "document": settings.figures(), "made_at": now}
        row["noted_since"] = settings.noted_since
        await self._session.execute(insert(notice_settings).values(row))

    async def note_since(self, version: int, now: datetime) -> None:
        """Note that from now on each occurrence is noted as this version says, unless it was so before."""
        c = notice_settings.c
        first = update(notice_settings).where(c.version == version, c.noted_since.is_(None))
        await self._session.execute(first.values(noted_since=now))


def settings_in(row: Row[*tuple[Any, ...]] | None, otherwise: Callable[[], NoticeSettings]) -> NoticeSettings:
    """Return the settings in a row, or those that came with the service."""
    return otherwise() if row is None else settings_of(row)


def settings_of(row: Row[*tuple[Any, ...]]) -> NoticeSettings:
    """Return the settings in a row."""
    return NoticeSettings.of(row.document, version=row.version, noted_since=row.noted_since)
