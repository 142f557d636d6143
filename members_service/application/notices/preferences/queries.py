"""Queries of preferences: what holds for members, and for whom defaults would come to hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from members_service.domain.notices.preferences import CategoryDefaults, NoticePreferences, defaults_for
from members_service.persistence.membership.tables import members
from members_service.persistence.notices.preferences import (
    ALL_DEFAULTS,
    defaults_of,
    notice_defaults,
    notice_preferences,
)
from shared.persistence.database import Database


@dataclass(frozen=True, slots=True)
class HeldPreferences:
    """What holds for a member, whether the member chose it, and the version of the choice; 0 without one."""

    preferences: NoticePreferences
    chosen: bool
    version: int


class PreferenceQueries:
    """Fetches preferences."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, member_ids: Collection[UUID]) -> Mapping[UUID, NoticePreferences]:
        """Return what holds for each of these members: what was chosen, else the defaults of the category."""
        return {member_id: held.preferences for member_id, held in (await self.held_by(member_ids)).items()}

    async def held_by(self, member_ids: Collection[UUID]) -> Mapping[UUID, HeldPreferences]:
        """Return what holds for each of these members, and who chose."""
        columns = (members.c.member_id, members.c.category, members.c.joined_at)
        own = (notice_preferences.c.document, notice_preferences.c.version)
        joined = members.outerjoin(notice_preferences, notice_preferences.c.member_id == members.c.member_id)
        query = select(*columns, *own).select_from(joined).where(members.c.member_id.in_(member_ids))
        rows = await self._database.rows(query)
        versions: list[CategoryDefaults] = []
        if any(row.version is None for row in rows):
            versions = [defaults_of(row) for row in await self._database.rows(ALL_DEFAULTS)]
        return {
            row.member_id: HeldPreferences(NoticePreferences.of(row.document), chosen=True, version=row.version)
            if row.version is not None
            else HeldPreferences(defaults_for(row.category, row.joined_at, versions), chosen=False, version=0)
            for row in rows
        }

    async def newest_defaults(self, category: str) -> CategoryDefaults | None:
        """Return the newest defaults of a category."""
        query = ALL_DEFAULTS.where(notice_defaults.c.category == category)
        rows = await self._database.rows(query.order_by(notice_defaults.c.version.desc()).limit(1))
        return defaults_of(rows[0]) if rows else None

    async def without_choice(self, category: str, *, joined_before: datetime) -> int:
        """Return how many members of a category joined before, and chose nothing themselves."""
        own = select(notice_preferences.c.member_id).where(notice_preferences.c.member_id == members.c.member_id)
        query = select(func.count()).select_from(members)
        query = query.where(members.c.category == category, members.c.joined_at < joined_before, ~own.exists())
        return int((await self._database.rows(query))[0][0])
