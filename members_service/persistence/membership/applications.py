"""The repository of applications. What they say of people is sealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.application import (
    TO_CONFIRM,
    TO_DECIDE,
    Applicant,
    Application,
    ApplicationNotConfirmed,
    ApplicationNotFound,
    ConfirmationTokenInvalid,
)
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.tables import applications

APPLICANT = "applicant"
_APPLICANT = TypeAdapter(Applicant)


def is_over(now: datetime) -> ColumnElement[bool]:
    """Return which applications are forgotten by now."""
    unconfirmed = and_(applications.c.confirmed_at.is_(None), applications.c.applied_at < now - TO_CONFIRM)
    return or_(unconfirmed, applications.c.applied_at < now - TO_DECIDE)


class Applications:
    """Those who want to join."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys

    async def forget_old(self, now: datetime) -> int:
        """Delete those that are over; return how many are left."""
        await self._session.execute(delete(applications).where(is_over(now)))
        return await self._session.scalar(select(func.count()).select_from(applications)) or 0

    async def add(self, application: Application, *, token_hash: bytes) -> None:
        """Keep an application; its address is confirmed by the token."""
        written = _APPLICANT.dump_json(application.applicant, exclude_defaults=True).decode()
        await self._session.execute(
            insert(applications).values(
                application_id=application.id,
                applied_at=application.applied_at,
                token_hash=token_hash,
                applicant=self._keys.seal(written, owner=application.id, field=APPLICANT),
            )
        )

    async def confirm(self, token_hash: bytes, *, now: datetime) -> Application:
        """Note that an address is its applicant's; repeating it changes nothing. Raises ConfirmationTokenInvalid."""
        known = and_(applications.c.token_hash == token_hash, ~is_over(now))
        confirmed = {"confirmed_at": func.coalesce(applications.c.confirmed_at, now)}
        row = (
            await self._session.execute(update(applications).where(known).values(confirmed).returning(applications))
        ).first()
        if row is None:
            raise ConfirmationTokenInvalid
        return application_of(row, self._keys)

    async def take(self, application_id: UUID, *, now: datetime) -> None:
        """Take an application off because its applicant joins. Raises ApplicationNotFound, ApplicationNotConfirmed."""
        query = select(applications).where(applications.c.application_id == application_id, ~is_over(now))
        row = (await self._session.execute(query.with_for_update())).first()
        if row is None:
            raise ApplicationNotFound
        if row.confirmed_at is None:
            raise ApplicationNotConfirmed
        await self.remove(application_id)

    async def remove(self, application_id: UUID) -> None:
        """Forget an application. Raises ApplicationNotFound."""
        gone = delete(applications).where(applications.c.application_id == application_id)
        if (await self._session.execute(gone.returning(applications.c.application_id))).first() is None:
            raise ApplicationNotFound


def application_of(row: Row[Any], keys: DataKeys) -> Application:
    """Return the application in a row, unsealed."""
    written = keys.open(row.applicant, owner=row.application_id, field=APPLICANT)
    return Application(row.application_id, _APPLICANT.validate_json(written), row.applied_at, row.confirmed_at)
