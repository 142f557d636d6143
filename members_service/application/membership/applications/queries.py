"""Queries of applications."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from members_service.domain.application import Application, ApplicationNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.applications import application_of, is_over
from members_service.persistence.membership.tables import applications
from shared.persistence.database import Database


class ApplicationQueries:
    """Fetches applications that are not over."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def applications(
        self, *, confirmed: bool | None, now: datetime, limit: int, after: UUID | None
    ) -> list[Application]:
        """Return up to `limit` applications behind that one, oldest first."""
        query = select(applications).where(~is_over(now))
        if confirmed is not None:
            is_confirmed = applications.c.confirmed_at.is_not(None)
            query = query.where(is_confirmed if confirmed else ~is_confirmed)
        if after is not None:
            query = query.where(applications.c.application_id > after)
        rows = await self._database.rows(query.order_by(applications.c.application_id).limit(limit))
        return [application_of(row, self._keys) for row in rows]

    async def application(self, application_id: UUID, *, now: datetime) -> Application:
        """Raise ApplicationNotFound when there is none."""
        query = select(applications).where(applications.c.application_id == application_id, ~is_over(now))
        row = await self._database.first(query)
        if row is None:
            raise ApplicationNotFound
        return application_of(row, self._keys)
