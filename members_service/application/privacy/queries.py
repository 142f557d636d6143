"""Everything that the database keeps of one person: to hand it out, and to erase it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from members_service.application.identity.accounts.account_views import AccountFilter, AccountView
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.grants.views import GrantView
from members_service.application.identity.sessions.session_views import SessionView
from members_service.application.membership.desk_messages.queries import DeskMessageQueries
from members_service.application.membership.photos.queries import PhotoQueries
from members_service.application.membership.queries import MemberQueries
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.preferences.views import PreferencesView
from members_service.application.notices.queries import MessageFilter, MessageQueries, NoticeFilter
from members_service.application.privacy.audit_views import AuditFilter, AuditView
from members_service.application.privacy.personal_record import AccountOnRecord, PersonalRecord
from members_service.domain.identity.grants import Bounds
from members_service.persistence.audit_tables import audit_records
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.accounts import bounds_in
from members_service.persistence.identity.tables import grants, sessions
from members_service.persistence.membership.tables import members, merged_members
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database


class PersonalRecordQueries:
    """Fetches everything on record about one person."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._members = MemberQueries(database, keys)
        self._desk_messages = DeskMessageQueries(database, keys)
        self._photos = PhotoQueries(database, keys)
        self._accounts = AccountQueries(database, keys)
        self._audit = AuditQueries(database)
        self._sent = MessageQueries(database, keys)
        self._preferences = PreferenceQueries(database)

    async def of(self, member_id: UUID, *, today: date) -> PersonalRecord:
        """Raise MemberNotFound when there is none."""
        member = await self._members.member(member_id, today=today)
        member_id = member.member_id
        held = (await self._preferences.held_by([member_id]))[member_id]
        accounts = await self._accounts.accounts(AccountFilter(member_id=member_id), limit=None, after=None)
        ids = [account.account_id for account in accounts]
        merged = select(merged_members.c.member_id).where(merged_members.c.into == member_id)
        names = (member_id, *(row.member_id for row in await self._database.rows(merged)), *ids)
        signed_in = select(sessions).where(sessions.c.account_id.in_(ids)).order_by(sessions.c.session_id)
        return PersonalRecord(
            member=member,
            cards=tuple(await self._members.cards(member_id, limit=None, after=None)),
            blocks=tuple(await self._members.blocks(member_id, limit=None, after=None)),
            desk_messages=tuple(await self._desk_messages.messages(member_id, limit=None, after=None)),
            photo=await self._photos.photo(member_id),
            history=tuple(await self._members.history(member_id, limit=None, before=None)),
            accounts=tuple(await self._with_grants(accounts)),
            identities=tuple(await self._accounts.identities(ids)),
            passkeys=tuple(await self._accounts.passkeys(ids)),
            sessions=tuple(
                SessionView(row.sid, row.client_id, row.started_at, row.refreshed_at, row.ends_at, row.ended_at)
                for row in await self._database.rows(signed_in)
            ),
            audit=tuple(await self._audit.records(AuditFilter(about=names), limit=None, before=None)),
            notices=tuple(await self._sent.notices(NoticeFilter(member_id=member_id), limit=None, before=None)),
            messages=tuple(await self._sent.messages(MessageFilter(member_id=member_id), limit=None, before=None)),
            notice_preferences=PreferencesView.of(
                member_id, member.language, held.preferences, chosen=held.chosen, version=held.version
            ),
        )

    async def _with_grants(self, accounts: Sequence[AccountView]) -> Iterator[AccountOnRecord]:
        theirs = grants.c.account_id.in_([account.account_id for account in accounts])
        bounds: dict[UUID, dict[str, Bounds]] = defaultdict(dict)
        for row in await self._database.rows(select(grants).where(theirs)):
            bounds[row.account_id][row.role] = bounds_in(row.branches, row.until)
        return (AccountOnRecord(one, GrantView.all_of(one.roles, bounds[one.account_id])) for one in accounts)


class ExpiredMemberships:
    """Finds members whose membership ended long ago."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(self, day: date, *, after: UUID | None, limit: int) -> Sequence[UUID]:
        """Return up to `limit` members after that id whose membership ended before the day and who stay so far."""
        query = select(members.c.member_id).where(members.c.expires_on < day, members.c.leaving_since.is_(None))
        if after is not None:
            query = query.where(members.c.member_id > after)
        return [row.member_id for row in await self._database.rows(query.order_by(members.c.member_id).limit(limit))]


class AuditQueries:
    """Fetches the audit trail, newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def records(
        self, criteria: AuditFilter, *, limit: int | None, before: tuple[datetime, UUID] | None
    ) -> list[AuditView]:
        """Return up to `limit` records older than the one with that moment and id; None: all of them."""
        at, record_id = audit_records.c.at, audit_records.c.record_id
        query = select(audit_records).where(*_conditions(criteria)).order_by(at.desc(), record_id.desc()).limit(limit)
        if before is not None:
            moment, last = before
            query = query.where(or_(at < moment, and_(at == moment, record_id < last)))
        return [from_attributes(row, AuditView, action=str(row.action)) for row in await self._database.rows(query)]


def _conditions(criteria: AuditFilter) -> list[ColumnElement[bool]]:
    equal = {
        "action": criteria.action,
        "by": criteria.by,
        "account_id": criteria.account_id,
        "member_id": criteria.member_id,
    }
    found = [audit_records.c[name] == value for name, value in equal.items() if value is not None]
    if criteria.about:
        found.append(or_(audit_records.c.member_id.in_(criteria.about), audit_records.c.account_id.in_(criteria.about)))
    if criteria.since is not None:
        found.append(audit_records.c.at >= criteria.since)
    if criteria.until is not None:
        found.append(audit_records.c.at < criteria.until)
    return found
