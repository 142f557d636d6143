"""Queries of notices: one select each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, and_, cast, exists, func, or_, select

from members_service.application.membership.standing.queries import merged_into
from members_service.application.notices.recipients import Recipient
from members_service.application.notices.views import (
    BouncedAddress,
    ForecastRow,
    MessageView,
    NoticeView,
    SettingsVersionView,
)
from members_service.domain.email import email_key
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Message, MessageState, Way
from members_service.domain.notices.notice import Notice, NoticeState, Occurrence, Why
from members_service.domain.notices.notice_settings import NoticeDefaults, NoticeSettings
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.sealed_details import if_it_opens, open_details
from members_service.persistence.membership.tables import guardians, members
from members_service.persistence.notices.addresses import ADDRESS
from members_service.persistence.notices.messages import Content, content_in, message_in
from members_service.persistence.notices.notice_settings import NEWEST, settings_in, settings_of
from members_service.persistence.notices.notices import notice_in
from members_service.persistence.notices.tables import notice_messages, notice_settings, notices, suppressions
from members_service.persistence.sealed_email import email_digest, open_email
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


class ReminderQueries:
    """Finds who is to be reminded of something that no event says."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def ending(self, day: date, until: date, *, limit: int) -> list[tuple[UUID, date]]:
        """Return members whose membership ends in these days, and who were not told so, with its last day."""
        c, earlier = members.c, notices.alias()
        was_noted = exists().where(
            earlier.c.subject_id == c.member_id,
            earlier.c.kind == NoticeKind.MEMBERSHIP_ENDS.value,
            earlier.c.occurred_at > datetime.combine(day - timedelta(days=60), time.min, UTC),
        )
        ends = (c.expires_on >= day, c.expires_on <= until, c.leaving_since.is_(None), ~was_noted)
        query = select(c.member_id, c.expires_on).where(*ends).order_by(c.expires_on, c.member_id).limit(limit)
        return [(row.member_id, row.expires_on) for row in await self._database.rows(query)]

    async def still_ready(
        self, now: datetime, until: datetime, *, ready_before: datetime, limit: int
    ) -> list[Occurrence]:
        """Return what was said to be ready, and whose time is over before `until`; not what was said once more."""
        c, again = notices.c, notices.alias()
        was_noted = exists().where(
            again.c.subject_id == c.subject_id,
            again.c.kind == NoticeKind.HOLD_READY_REMINDER.value,
            again.c.occasion == c.occasion,
        )
        ready = (c.kind == NoticeKind.HOLD_READY.value, c.state == NoticeState.BUNDLED.value)
        ends = (c.valid_until > now, c.valid_until <= until, c.occurred_at <= ready_before, ~was_noted)
        rows = await self._database.rows(select(notices).where(*ready, *ends).limit(limit))
        return [notice_in(row, self._keys).occurrence for row in rows]


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

    async def wards(self, guardian_ids: Collection[UUID]) -> set[UUID]:
        """Return for whom these stand in, or did."""
        query = select(guardians.c.member_id).where(guardians.c.guardian_id.in_(guardian_ids))
        return {row.member_id for row in await self._database.rows(query)}

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


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages are listed."""

    states: tuple[MessageState, ...] = ()
    kind: NoticeKind | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices are listed."""

    member_id: UUID | None = None
    subject_id: UUID | None = None
    state: NoticeState | None = None


class SettingsQueries:
    """Fetches how the library sends notices."""

    def __init__(self, database: Database, defaults: NoticeDefaults) -> None:
        self._database = database
        self._defaults = defaults

    async def current(self) -> NoticeSettings:
        """Return the settings in force."""
        return settings_in(await self._database.first(NEWEST), self._defaults.settings)

    async def versions(self, *, limit: int, before: int | None) -> list[SettingsVersionView]:
        """Return up to `limit` versions before that one, newest first."""
        c = notice_settings.c
        query = select(notice_settings).order_by(c.version.desc()).limit(limit)
        rows = await self._database.rows(query if before is None else query.where(c.version < before))
        found = [(settings_of(row), row.made_at) for row in rows]
        return [
            SettingsVersionView(one.version, one.mode, one.kinds, made_at, one.noted_since) for one, made_at in found
        ]


class MessageQueries:
    """Fetches messages and notices to show."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def bounced(
        self, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[tuple[tuple[datetime, UUID], BouncedAddress]]:
        """Return up to `limit` addresses to which nothing is sent behind that place, the first to fail first."""
        c = suppressions.c
        query = select(suppressions).order_by(c.since, c.suppression_id).limit(limit)
        if after is not None:
            since, id = after
            query = query.where(or_(c.since > since, and_(c.since == since, c.suppression_id > id)))
        rows = await self._database.rows(query)
        addresses = [self._keys.open(row.address, owner=row.suppression_id, field=ADDRESS) for row in rows]
        digests = [email_digest(self._keys, email_key(address)) for address in addresses]
        whose: dict[str, list[tuple[str, UUID]]] = {digest: [] for digest in digests}
        having = select(members.c.email_key, members.c.name, members.c.member_id)
        of_these = having.where(members.c.email_key.in_(digests)).order_by(members.c.member_id)
        for row in await self._database.rows(of_these) if rows else ():
            whose[row.email_key].append((row.name, row.member_id))
        return [
            (
                (row.since, row.suppression_id),
                BouncedAddress(
                    address,
                    row.reason,
                    row.status,
                    row.since,
                    tuple(name for name, _ in whose[digest]),
                    tuple(id for _, id in whose[digest]),
                ),
            )
            for row, address, digest in zip(rows, addresses, digests, strict=True)
        ]

    async def messages(self, wanted: MessageFilter, *, limit: int | None, before: UUID | None) -> list[MessageView]:
        """Return up to `limit` messages before that one, newest first."""
        c = notice_messages.c
        query = select(notice_messages)
        if wanted.states:
            query = query.where(c.state.in_([one.value for one in wanted.states]))
        if wanted.kind is not None:  # a message is of one group, and its kinds are few
            query = query.where(cast(c.kinds, Text).contains(f'"{wanted.kind.value}"'))
        if wanted.member_id is not None:
            query = query.where(c.member_id == wanted.member_id)
        if before is not None:
            query = query.where(c.message_id < before)
        rows = await self._database.rows(query.order_by(c.message_id.desc()).limit(limit))
        return [view_of(message_in(row), content_in(row.content, row.message_id, self._keys)) for row in rows]

    async def notices(self, wanted: NoticeFilter, *, limit: int | None, before: UUID | None) -> list[NoticeView]:
        """Return up to `limit` notices before that one, newest first."""
        c = notices.c
        query = select(notices)
        if wanted.member_id is not None:
            query = query.where(c.member_id == wanted.member_id)
        if wanted.subject_id is not None:
            query = query.where(c.subject_id == wanted.subject_id)
        if wanted.state is not None:
            query = query.where(c.state == wanted.state.value)
        if before is not None:
            query = query.where(c.notice_id < before)
        rows = await self._database.rows(query.order_by(c.notice_id.desc()).limit(limit))
        return [_notice_view(row) for row in rows]

    async def forecast(self, *, until: datetime) -> tuple[ForecastRow, ...]:
        """Return what is to go out until then, by kind, branch and way."""
        c, ready = notices.c, notice_messages.c.state == MessageState.READY.value
        columns = (c.kind, c.branch, notice_messages.c.way)
        joined = notices.outerjoin(notice_messages, notice_messages.c.message_id == c.message_id)
        goes = or_(and_(c.state == NoticeState.PENDING.value, c.due_at <= until), ready)
        query = select(*columns, func.count().label("number")).select_from(joined).where(goes).group_by(*columns)
        rows = await self._database.rows(query.order_by(*columns))
        return tuple(
            ForecastRow(NoticeKind(row.kind), row.branch, None if row.way is None else Way(row.way), row.number)
            for row in rows
        )


def view_of(message: Message, content: Content | None) -> MessageView:
    """Show a message; without its content nothing of it is said."""
    return MessageView(
        message.id,
        message.member_id,
        message.kinds,
        message.way,
        message.language,
        message.branch,
        message.state,
        message.why,
        message.changed_at or message.made_at,
        message.tries,
        None if content is None else content.subject,
        None if content is None else content.text or None,
    )


def _notice_view(row: Row[Any]) -> NoticeView:
    return NoticeView(
        row.notice_id,
        row.member_id,
        NoticeKind(row.kind),
        row.subject_id,
        row.stage,
        row.branch,
        row.due_at,
        NoticeState(row.state),
        None if row.why is None else Why(row.why),
        row.message_id,
    )
