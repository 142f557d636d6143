"""Queries of notices: one select each."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from members_service.application.membership.standing.queries import merged_into
from members_service.application.notices.recipients import Recipient
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.domain.notices.notice import Notice, NoticeState
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.sealed_details import if_it_opens, open_details
from members_service.persistence.membership.tables import guardians, members
from members_service.persistence.notices.notices import notice_in
from members_service.persistence.notices.tables import notices
from members_service.persistence.sealed_email import open_email
from shared.persistence.database import Database


class NoticeQueries:
    """Fetches notices."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def of_messages(self, message_ids: Collection[UUID]) -> list[Notice]:
        """Return what is in these messages and may still go out."""
        bundled = notices.c.state == NoticeState.BUNDLED.value
        query = select(notices).where(notices.c.message_id.in_(message_ids), bundled).order_by(notices.c.notice_id)
        return [notice_in(row, self._keys) for row in await self._database.rows(query)] if message_ids else []


class RecipientQueries:
    """Fetches those who are written to."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def recipients(self, member_ids: Collection[UUID], *, today: date) -> dict[UUID, Recipient]:
        """Return these members, and those who stand in for them, by id; the id of a merged record finds the other."""
        found = await self._found(set(member_ids), today)
        missing = set(member_ids) - found.keys()
        merged = await merged_into(self._database, [*missing]) if missing else {}
        more = set(merged.values()) | {one for each in found.values() for one in each.guardian_ids}
        found |= await self._found(more - found.keys(), today)
        return found | {old: found[new] for old, new in merged.items() if new in found}

    async def _found(self, ids: Collection[UUID], today: date) -> dict[UUID, Recipient]:
        if not ids:
            return {}
        rows = await self._database.rows(select(members).where(members.c.member_id.in_(ids)))
        query = select(guardians).where(guardians.c.member_id.in_(ids)).order_by(guardians.c.since)
        stand_in = _by_ward(await self._database.rows(query), today)
        return {row.member_id: self._recipient(row, stand_in.get(row.member_id, ())) for row in rows}

    def _recipient(self, row: Row[Any], guardian_ids: Iterable[UUID]) -> Recipient:
        owner = row.member_id
        email = None if row.email is None else if_it_opens(open_email, self._keys, row.email, owner=owner)
        details = if_it_opens(open_details, self._keys, row.details, owner=owner) or PersonalDetails()
        return Recipient(
            owner,
            row.name,
            row.language,
            None if email is None else email.address,
            row.home_branch,
            row.expires_on,
            details,
            tuple(guardian_ids),
        )


def _by_ward(rows: Iterable[Row[Any]], today: date) -> Mapping[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        if row.until is None or today <= row.until:
            found.setdefault(row.member_id, []).append(row.guardian_id)
    return found
