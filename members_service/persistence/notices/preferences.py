"""What members want to be told, and the defaults of the library, version by version."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Integer, Row, String, Table, Uuid, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.preferences import CategoryDefaults, NoticePreferences
from members_service.persistence.schema import metadata
from shared.kernel.errors import OutOfDate
from shared.persistence.types import UtcDateTime

notice_preferences = Table(
    "notice_preferences",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    comment="What a member chose; who chose nothing has no row.",
)
notice_defaults = Table(
    "notice_defaults",
    metadata,
    Column("category", String(60), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(255)),
    Column("applied_at", UtcDateTime, comment="Since when it holds for those who were members before, too."),
    comment="Each version of what holds for members of a category who choose nothing.",
)
ALL_DEFAULTS = select(notice_defaults)


def defaults_of(row: Row[Any]) -> CategoryDefaults:
    """Return the defaults in a row."""
    return CategoryDefaults(row.category, row.version, NoticePreferences.of(row.document), row.made_at, row.applied_at)


class Preferences:
    """What members chose."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, member_id: UUID) -> tuple[int, NoticePreferences | None]:
        """Return the version and what the member chose, locked until the transaction ends; 0 and None without a row."""
        query = select(notice_preferences).where(notice_preferences.c.member_id == member_id).with_for_update()
        row = (await self._session.execute(query)).first()
        return (0, None) if row is None else (row.version, NoticePreferences.of(row.document))

    async def put(self, member_id: UUID, chosen: NoticePreferences, *, version: int, now: datetime) -> None:
        """Write what a member chose. Raises OutOfDate when another transaction was faster, here or at the commit."""
        values = {"document": chosen.figures(), "version": version, "changed_at": now}
        if version == 1:
            await self._session.execute(insert(notice_preferences).values(member_id=member_id, **values))
            return
        columns = notice_preferences.c
        seen = (columns.member_id == member_id, columns.version == version - 1)
        changed = update(notice_preferences).where(*seen).values(**values).returning(columns.member_id)
        if not (await self._session.execute(changed)).all():
            raise OutOfDate("These preferences have changed meanwhile. Read them again.")

    async def hand_over(self, member_id: UUID, *, to: UUID) -> None:
        """Let what one member chose be what another one chose, unless that one chose something, too."""
        _, chosen = await self.get(to)
        if chosen is not None:
            await self.forget(member_id)
            return
        columns = notice_preferences.c
        await self._session.execute(
            update(notice_preferences).where(columns.member_id == member_id).values(member_id=to)
        )

    async def forget(self, member_id: UUID) -> None:
        """Delete what a member chose."""
        await self._session.execute(delete(notice_preferences).where(notice_preferences.c.member_id == member_id))

    async def defaults(self, category: str) -> list[CategoryDefaults]:
        """Return all versions of the defaults of a category, newest first."""
        query = ALL_DEFAULTS.where(notice_defaults.c.category == category)
        rows = await self._session.execute(query.order_by(notice_defaults.c.version.desc()))
        return [defaults_of(row) for row in rows]

    async def add_defaults(self, defaults: CategoryDefaults, *, by: str | None) -> None:
        """Put another version in force. Raises OutOfDate, here or at the commit, when another was faster."""
        row = {
            "category": defaults.category,
            "version": defaults.version,
            "document": defaults.preferences.figures(),
            "made_at": defaults.made_at,
            "made_by": by,
        }
        await self._session.execute(insert(notice_defaults), [row])

    async def apply_defaults(self, defaults: CategoryDefaults, *, now: datetime) -> None:
        """Let a version hold for those who were members before, too."""
        columns = notice_defaults.c
        which = (columns.category == defaults.category, columns.version == defaults.version)
        await self._session.execute(update(notice_defaults).where(*which).values(applied_at=now))
