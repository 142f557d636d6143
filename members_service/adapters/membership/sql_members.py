"""Members in the database, as the rules need them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.membership.sealed_details import open_details, seal_details
from members_service.adapters.membership.sql_removal import remove_everything_of
from members_service.adapters.membership.sql_tables import cards, history_entries, member_words, members
from members_service.adapters.sealed_email import email_digest, keep_email, open_email
from members_service.domain.email import Email
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.history_entry import HistoryEntry
from members_service.domain.membership.member import Member
from members_service.domain.membership.name import words_of
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id


class SqlMembers:
    """Implements `ports.Members` and remembers whom it saw, so that they can be sealed and their news collected."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self.seen: list[Member] = []
        self.removed: list[Member] = []

    def add(self, member: Member) -> None:
        self._session.add(member)
        self.seen.append(member)

    async def get(self, member_id: UUID) -> Member:
        query = select(Member).where(members.c.member_id == member_id).with_for_update()
        member = (await self._session.scalars(query, execution_options={"populate_existing": True})).first()
        if member is None:
            raise MemberNotFound
        row: Any = member
        member.email = open_email(self._keys, row._email, owner=member.id)  # noqa: SLF001 - mapped for this file
        member.details = open_details(self._keys, row._details, owner=member.id)  # noqa: SLF001 - likewise
        if member not in self.seen:
            self.seen.append(member)
        return member

    async def remove(self, member: Member) -> None:
        await remove_everything_of(self._session, member.id)
        self._session.expunge_all()  # nothing of what was read is there to be written any more
        self.seen.remove(member)
        self.removed.append(member)

    async def has_card(self, card: CardNumber) -> bool:
        query = select(cards.c.member_id).where(cards.c.card_key == card.key)
        return (await self._session.execute(query)).first() is not None

    async def has_email(self, email: Email) -> bool:
        query = select(members.c.member_id).where(members.c.email_key == email_digest(self._keys, email.key))
        return (await self._session.execute(query)).first() is not None

    def seal(self) -> None:
        """Put what must be sealed into the rows that are about to be written."""
        for member in self.seen:
            keep_email(self._keys, member)
            row: Any = member
            kept = getattr(row, "_details", None)
            if kept is None or open_details(self._keys, kept, owner=member.id) != member.details:
                row._details = seal_details(self._keys, member.details, owner=member.id)  # noqa: SLF001 - likewise

    def renamed(self) -> list[Member]:
        """Return those whose name is about to be written."""
        return [member for member in self.seen if inspect(member).attrs.name.history.has_changes()]

    async def write_what_hangs_on(self, renamed: Sequence[Member]) -> None:
        """Write new history, and the words of new names; the rows of the members are there already."""
        ids = [member.id for member in renamed]
        words = [{"word": word, "member_id": one.id} for one in renamed for word in sorted(words_of(one.name))]
        if ids:
            await self._session.execute(delete(member_words).where(member_words.c.member_id.in_(ids)))
        if words:
            await self._session.execute(insert(member_words), words)
        entries = [
            _entry(member.id, history_entry) for member in self.seen for history_entry in member.take_history_entries()
        ]
        if entries:
            await self._session.execute(insert(history_entries), entries)


def _entry(member_id: UUID, history_entry: HistoryEntry) -> dict[str, Any]:
    return {
        "happening_id": new_id(),
        "member_id": member_id,
        "what": str(history_entry.what),
        "at": history_entry.at,
        "by": history_entry.by,
        "reason": history_entry.reason,
        "facts": dict(history_entry.facts),
    }
