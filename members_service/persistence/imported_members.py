"""Members whom an import brought, with what hangs on them by now."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.taking_back import ImportedMember
from members_service.persistence.identity.tables import accounts, does_more
from members_service.persistence.membership.tables import (
    card_is_shown,
    cards,
    desk_messages,
    guardians,
    members,
    photos,
)

_is_used = or_(
    accounts.c.password_hash.is_not(None),
    accounts.c.activation_digest.is_not(None),
    accounts.c.has_passkey,
    accounts.c.signs_in_elsewhere,
    does_more,
)


class ImportedMembers:
    """Reads them in the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def on_record(self, member_ids: Collection[UUID]) -> Mapping[UUID, ImportedMember]:
        """Return those of these members who are on record, locked until the transaction ends."""
        locked = (
            select(members.c.member_id, members.c.version)
            .where(members.c.member_id.in_(member_ids))
            .order_by(members.c.member_id)
            .with_for_update()
        )
        versions = {row.member_id: row.version for row in await self._session.execute(locked)} if member_ids else {}
        if not versions:
            return {}
        shown = select(cards.c.member_id, cards.c.card_number).where(cards.c.member_id.in_(versions), card_is_shown)
        numbers = {row.member_id: row.card_number for row in await self._session.execute(shown)}
        used, seen, written_to = [
            set(await self._session.scalars(select(table.c.member_id).where(table.c.member_id.in_(versions), *more)))
            for table, more in ((accounts, (_is_used,)), (photos, ()), (desk_messages, ()))
        ]
        wards: dict[UUID, set[UUID]] = {}
        of_them = select(guardians.c.guardian_id, guardians.c.member_id).where(guardians.c.guardian_id.in_(versions))
        for row in await self._session.execute(of_them):
            wards.setdefault(row.guardian_id, set()).add(row.member_id)
        return {
            each: ImportedMember(
                each,
                numbers.get(each, ""),
                version,
                has_account=each in used,
                has_photo=each in seen,
                has_messages=each in written_to,
                wards=frozenset(wards.get(each, ())),
            )
            for each, version in versions.items()
        }
