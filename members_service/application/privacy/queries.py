"""Everything that the database keeps of one person: to hand it out, and to erase it."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from members_service.application.identity.accounts.account_views import AccountFilter
from members_service.application.identity.accounts.queries import AccountQueries
from members_service.application.identity.sessions.session_views import SessionView
from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.views import CardView
from members_service.application.privacy.audit_views import AuditFilter
from members_service.application.privacy.personal_record import PersonalRecord
from members_service.persistence.audit import AuditQueries
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import sessions
from members_service.persistence.membership.tables import cards, merged_members
from shared.persistence.database import Database


class PersonalRecordQueries:
    """Implements `personal_record.PersonalRecords`."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._members = MemberQueries(database, keys)
        self._accounts = AccountQueries(database, keys)
        self._audit = AuditQueries(database)

    async def of(self, member_id: UUID, *, today: date) -> PersonalRecord:
        member = await self._members.member(member_id, today=today)
        member_id = member.member_id
        known = await self._accounts.accounts(AccountFilter(member_id=member_id), limit=None, after=None)
        ids = [account.account_id for account in known]
        merged = select(merged_members.c.member_id).where(merged_members.c.into == member_id)
        names = (member_id, *(row.member_id for row in await self._database.rows(merged)), *ids)
        given = select(cards).where(cards.c.member_id == member_id).order_by(cards.c.issued_at)
        signed_in = select(sessions).where(sessions.c.account_id.in_(ids)).order_by(sessions.c.session_id)
        return PersonalRecord(
            member=member,
            cards=tuple(
                CardView(row.card_number, row.issued_at, row.replaced_at) for row in await self._database.rows(given)
            ),
            blocks=tuple(await self._members.blocks(member_id, limit=None, after=None)),
            history=tuple(await self._members.history(member_id, limit=None, before=None)),
            accounts=tuple(known),
            sessions=tuple(
                SessionView(row.sid, row.client_id, row.started_at, row.refreshed_at, row.ends_at, row.ended_at)
                for row in await self._database.rows(signed_in)
            ),
            audit=tuple(await self._audit.records(AuditFilter(about=names), limit=None, before=None)),
        )
