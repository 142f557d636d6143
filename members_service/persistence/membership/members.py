"""The repository of members."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, case, delete, exists, insert, inspect, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.email import Email
from members_service.domain.membership.card_number import CardNumber, card_key
from members_service.domain.membership.filed_member import FiledMember
from members_service.domain.membership.history_entry import HistoryEntry
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.finding import FOUND_BY, rows_to_find
from members_service.persistence.membership.sealed_details import open_details, seal_details
from members_service.persistence.membership.tables import (
    blocks,
    card_finds,
    card_was_merged,
    cards,
    desk_messages,
    guardians,
    history_entries,
    imported_records,
    members,
    merged_members,
)
from members_service.persistence.schema import metadata
from members_service.persistence.sealed_email import email_digest, keep_email, open_email
from shared.kernel.cube import Count
from shared.kernel.ids import new_id
from shared.persistence.numbers import next_number

Counting = Callable[[HistoryEntry, Member], list[Count]]
"""Tells what an entry of a member's history counts for."""

_AS_IT_IS = {"populate_existing": True}


class Members:
    """The members on record. Those that were loaded are `seen`: the commit seals them and publishes their events."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys
        self.seen: list[Member] = []
        self.removed: list[Member] = []
        self.erased: list[Member] = []
        self.forgotten: list[Count] = []

    def add(self, member: Member) -> None:
        self._session.add(member)
        self.seen.append(member)

    async def next_number(self) -> int:
        """Return the number of a member who is about to be added."""
        query = select(next_number(members.name, self._session.get_bind().dialect.name))
        number: int = (await self._session.execute(query)).scalar_one()
        return number

    async def get(self, member_id: UUID) -> Member:
        """Return the member, locked until the transaction ends; the id of a merged record finds the one that stays.

        Raises MemberNotFound.
        """
        member = await self._locked(member_id)
        if member is None and (into := await self._session.scalar(_into(member_id))) is not None:
            member = await self._locked(into)
        if member is None:
            raise MemberNotFound
        return self._opened(member)

    async def _locked(self, member_id: UUID) -> Member | None:
        query = select(Member).where(members.c.member_id == member_id).with_for_update()
        return (await self._session.scalars(query, execution_options=_AS_IT_IS)).first()

    def _opened(self, member: Member) -> Member:
        """Unseal a member that was loaded, and note it as seen."""
        row: Any = member
        sealed = row._email  # noqa: SLF001 - mapped for this file
        member.email = None if sealed is None else open_email(self._keys, sealed, owner=member.id)
        member.details = open_details(self._keys, row._details, owner=member.id)  # noqa: SLF001 - likewise
        if member not in self.seen:
            self.seen.append(member)
        return member

    async def id_of(self, reference: MemberReference) -> UUID:
        """Return the id of the member; that of a merged record finds the one that stays. Raises MemberNotFound."""
        query = select(members.c.member_id).where(members.c.member_id == reference.member_id)
        if reference.card_number is not None:
            query = select(cards.c.member_id).where(cards.c.card_key == card_key(reference.card_number), card_finds)
        found: UUID | None = await self._session.scalar(query)
        if found is None and reference.member_id is not None:
            found = await self._session.scalar(_into(reference.member_id))
        if found is None:
            raise MemberNotFound
        return found

    async def ids_of_cards(self, card_numbers: Collection[str]) -> dict[str, UUID]:
        """Return the ids of the members by the keys of their cards; unknown cards are left out."""
        keys = set(map(card_key, card_numbers))
        query = select(cards.c.card_key, cards.c.member_id).where(cards.c.card_key.in_(keys), card_finds)
        return {row.card_key: row.member_id for row in await self._session.execute(query)} if keys else {}

    async def matching(self, filed: Sequence[FiledMember]) -> dict[str, Member]:
        """Return those of `filed` that are on record, locked, by the keys `id …` (external id) and `card …`."""
        ids = {one.external_id for one in filed if one.external_id is not None}
        keys = {card_key(one.card_number) for one in filed if one.card_number is not None}
        by_id = select(members.c.member_id).where(members.c.external_id.in_(ids))
        by_card = select(cards.c.member_id).where(cards.c.card_key.in_(keys))
        query = select(Member).where(or_(members.c.member_id.in_(by_id), members.c.member_id.in_(by_card)))
        locked = query.order_by(members.c.member_id).with_for_update()
        found: dict[str, Member] = {}
        for member in map(self._opened, list(await self._session.scalars(locked, execution_options=_AS_IT_IS))):
            found |= {f"card {card.number.key}": member for card in member.cards}
            if member.external_id is not None:
                found[f"id {member.external_id}"] = member
        return found

    async def merged_keys(self, filed: Sequence[FiledMember]) -> set[str]:
        """Return those of the keys of `filed` that belonged to a record which was merged into another one."""
        ids = {one.external_id for one in filed if one.external_id is not None}
        keys = {card_key(one.card_number) for one in filed if one.card_number is not None}
        by_id = select(merged_members.c.external_id).where(merged_members.c.external_id.in_(ids))
        by_card = select(cards.c.card_key).where(cards.c.card_key.in_(keys), card_was_merged)
        return {f"id {found}" for found in await self._session.scalars(by_id)} | {
            f"card {found}" for found in await self._session.scalars(by_card)
        }

    async def merged_into(self, member: Member) -> list[UUID]:
        """Return the ids of the records that were merged into this one."""
        query = select(merged_members.c.member_id).where(merged_members.c.into == member.id)
        return list(await self._session.scalars(query.order_by(merged_members.c.member_id)))

    async def remove(self, member: Member) -> None:
        """Remove the member and everything that hangs on it: cards, blocks, history, accounts and their sessions."""
        await self._renew_wards_of(member)
        counted = select(history_entries.c.counted).where(history_entries.c.member_id == member.id)
        for numbers in await self._session.scalars(counted.where(history_entries.c.counted.is_not(None))):
            self.forgotten += map(Count.of_json, numbers)
        await _remove_everything_of(self._session, member.id)
        self._session.expunge_all()  # what was loaded must not be written any more
        self.seen.remove(member)
        self.removed.append(member)
        self.erased.append(member)

    async def fold(self, member: Member, *, into: Member, now: datetime) -> None:
        """Remove `member`, and move its cards, blocks, history and wards to `into`, whom its id stands for now."""
        lost_key = None if into.external_id is None else member.external_id
        await self._session.flush()  # the accounts are the other member's before this one is gone
        await self._session.execute(
            update(cards)
            .where(cards.c.member_id == member.id)
            .values(
                member_id=into.id,
                merged_at=case((cards.c.merged_at.is_(None), now), else_=cards.c.merged_at),
                kept_at=None,
            )
        )
        for table in (history_entries, blocks, desk_messages, imported_records):
            await self._session.execute(update(table).where(table.c.member_id == member.id).values(member_id=into.id))
        await self._renew_wards_of(member, besides=into)
        await self._hand_over_wards(member, to=into)
        await self._session.execute(
            update(merged_members).where(merged_members.c.into == member.id).values(into=into.id)
        )
        self._session.expunge(member)
        await _remove_everything_of(self._session, member.id)
        await self._session.refresh(into, ["guardians", "cards"])  # the one who is gone may have been among those
        merged = {"member_id": member.id, "into": into.id, "merged_at": now, "external_id": lost_key}
        await self._session.execute(insert(merged_members).values(**merged))
        self.seen.remove(member)
        self.removed.append(member)

    async def _hand_over_wards(self, guardian: Member, *, to: Member) -> None:
        """Let `to` stand in for the wards of `guardian`; where both do, by whichever row lasts longer."""
        other = guardians.alias()
        same_ward = other.c.member_id == guardians.c.member_id
        lasts_longer = or_(other.c.until.is_(None), other.c.until > guardians.c.until)
        outlasted = exists().where(
            other.c.guardian_id == guardian.id, same_ward, guardians.c.until.is_not(None), lasts_longer
        )
        await self._session.execute(delete(guardians).where(guardians.c.guardian_id == to.id, outlasted))
        twice = exists().where(other.c.guardian_id == to.id, same_ward)
        theirs = (guardians.c.guardian_id == guardian.id, guardians.c.member_id != to.id)
        await self._session.execute(update(guardians).where(*theirs, ~twice).values(guardian_id=to.id))

    async def _renew_wards_of(self, guardian: Member, *, besides: Member | None = None) -> None:
        """Give the wards of `guardian` another version: the guardian in their records is about to change.

        The member `besides` is loaded, and gets one by itself.
        """
        theirs = select(guardians.c.member_id).where(guardians.c.guardian_id == guardian.id)
        others = () if besides is None else (members.c.member_id != besides.id,)
        wards = update(members).where(members.c.member_id.in_(theirs), *others)
        await self._session.execute(wards.values(version=members.c.version + 1))

    async def has_card(self, card: CardNumber) -> bool:
        """Return whether any card, a replaced one included, has this number."""
        return card.key in await self.taken_cards([card])

    async def taken_cards(self, numbers: Sequence[CardNumber]) -> set[str]:
        query = select(cards.c.card_key).where(cards.c.card_key.in_([card.key for card in numbers]))
        return set(await self._session.scalars(query))

    async def has_email(self, email: Email, *, of: UUID) -> bool:
        """Return whether this is the e-mail address of this member."""
        theirs = (members.c.member_id == of, members.c.email_key == email_digest(self._keys, email.key))
        return (await self._session.execute(select(members.c.member_id).where(*theirs))).first() is not None

    async def others_have_email(self, email: Email, *, than: UUID) -> bool:
        """Return whether somebody else on record has this e-mail address."""
        theirs = (members.c.member_id != than, members.c.email_key == email_digest(self._keys, email.key))
        return (await self._session.execute(select(members.c.member_id).where(*theirs).limit(1))).first() is not None

    async def leaving(self, among: Collection[UUID]) -> set[UUID]:
        """Return those of these members who are about to be erased."""
        query = select(members.c.member_id).where(members.c.member_id.in_(among), members.c.leaving_since.is_not(None))
        return set(await self._session.scalars(query)) if among else set()

    async def put_cards_away(self) -> None:
        """Write which cards are shown no longer, where one of before is shown instead: never two at a time."""
        for member in self.seen:
            changed = [card for card in member.cards if card in self._session.dirty]
            if any(card.is_shown for card in changed):
                for card in (each for each in changed if each.replaced_at is not None):
                    row = cards.c.card_key == card.number.key
                    await self._session.execute(update(cards).where(row).values(replaced_at=card.replaced_at))

    def seal(self) -> list[Member]:
        """Seal what has changed, into the rows that are about to be written.

        Return the members whose name, address or details have changed, by which they are found.
        """
        changed = []
        for member in self.seen:
            moved = keep_email(self._keys, member)
            row: Any = member
            sealed = getattr(row, "_details", None)
            if sealed is None or open_details(self._keys, sealed, owner=member.id) != member.details:
                row._details = seal_details(self._keys, member.details, owner=member.id)  # noqa: SLF001 - likewise
                moved = True
            if moved or inspect(member).attrs.name.history.has_changes():
                changed.append(member)
        return changed

    async def write_what_hangs_on(self, changed: Sequence[Member], count: Counting) -> list[Count]:
        """Insert new history, and the rows by which changed members are found, after the members themselves.

        Returns what the history counts for.
        """
        ids = [member.id for member in changed]
        filed = [rows_to_find(self._keys, one.id, one.record) for one in changed]
        for table in FOUND_BY if ids else ():
            await self._session.execute(delete(table).where(table.c.member_id.in_(ids)))
            if rows := [row for one in filed for row in one[table]]:
                await self._session.execute(insert(table), rows)
        entries, counts = list[dict[str, Any]](), list[Count]()
        for member in self.seen:
            for entry in member.take_history_entries():
                counted = count(entry, member)
                entries.append(_entry(member.id, entry) | {"counted": [each.as_json() for each in counted] or None})
                counts += counted
        if entries:
            await self._session.execute(insert(history_entries), entries)
        return counts


def _into(member_id: UUID) -> Select[UUID]:
    """Select the id of the record into which this one was merged."""
    return select(merged_members.c.into).where(merged_members.c.member_id == member_id)


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


async def _remove_everything_of(session: AsyncSession, member_id: UUID) -> None:
    """Delete the member and every row that hangs on it, however far away, in an order that the references allow."""
    for table in reversed(metadata.sorted_tables):
        theirs = _belonging_to(table, member_id)
        if theirs is not None:
            await session.execute(delete(table).where(theirs))


def _belonging_to(table: Table, member_id: UUID) -> ColumnElement[bool] | None:
    """Return which rows of `table` refer to the member, or to something that refers to it; None if none can."""
    if table is members:
        return members.c.member_id == member_id
    found: list[ColumnElement[bool]] = []
    for reference in table.foreign_keys:
        other = reference.column
        theirs = None if other is members.c.member_id else _belonging_to(other.table, member_id)
        if other is members.c.member_id:
            found.append(reference.parent == member_id)
        elif theirs is not None:
            found.append(reference.parent.in_(select(other).where(theirs)))
    return or_(*found) if found else None
