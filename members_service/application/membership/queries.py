"""Queries of members and categories: one select each."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    and_,
    func,
    or_,
    select,
)

from members_service.application.membership.finding.queries import conditions, in_order
from members_service.application.membership.standing.queries import membership_of, merged_into, stands_in_on
from members_service.application.membership.standing.views import BlockView
from members_service.application.membership.views import (
    CardView,
    DuplicatesView,
    GuardianView,
    HistoryEntryView,
    MemberFilter,
    MemberView,
    Ward,
)
from members_service.domain.membership.card import CardNotFound, refusal_of_card, state_of_card
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.guardian import Guardian, GuardianNotFound
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.likeness import Likeness
from members_service.domain.membership.member_record import MemberRecord
from members_service.domain.membership.membership import CategoryTable
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.category_tables import NEWEST, category_table
from members_service.persistence.membership.sealed_details import open_details
from members_service.persistence.membership.tables import (
    blocks,
    card_finds,
    card_is_shown,
    cards,
    guardians,
    history_entries,
    likenesses,
    members,
)
from members_service.persistence.sealed_email import open_email
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

_SELECT_MEMBERS = select(members, cards.c.card_number, cards.c.stopped_at).select_from(
    members.join(cards, and_(cards.c.member_id == members.c.member_id, card_is_shown))
)
_MOST_ALIKE = 20  # of one group


class MemberQueries:
    """Fetches members to show: one statement each, and one more for the guardians of all of them."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def member(self, member_id: UUID, *, today: date) -> MemberView:
        """Raise MemberNotFound when there is none."""
        rows = await self._database.rows(_SELECT_MEMBERS.where(members.c.member_id == member_id))
        if not rows and (into := await merged_into(self._database, [member_id])):
            rows = await self._database.rows(_SELECT_MEMBERS.where(members.c.member_id == into[member_id]))
        if not rows:
            raise MemberNotFound
        (found,) = await self._views_of(rows, today)
        return found

    async def stands_for(self, member_id: UUID) -> UUID:
        """Return the id itself, or that of the record into which its record was merged."""
        return (await merged_into(self._database, [member_id])).get(member_id, member_id)

    async def members(
        self,
        criteria: MemberFilter,
        *,
        today: date,
        limit: int,
        after: Sequence[Any] | None,
        zone: tzinfo = UTC,
    ) -> list[MemberView]:
        """Return up to `limit` members behind that position (`MemberOrder.position`), in the order that is asked for.

        Days begin when they do in `zone`.

        Raises CardReplaced or CardStopped when the card number to find is that of such a card.
        """
        query = _SELECT_MEMBERS.where(*conditions(criteria, self._keys, today=today, zone=zone))
        rows = await self._database.rows(in_order(query, criteria.sort, after=after).limit(limit))
        if not rows and criteria.card_number is not None:
            await self._expect_no_old_card(criteria.card_number)
        return await self._views_of(rows, today)

    async def guardian(self, member_id: UUID, guardian_id: UUID, *, today: date) -> GuardianView:
        """Return what this guardian may do for the member today. Raises GuardianNotFound."""
        of_both = (guardians.c.member_id == member_id, guardians.c.guardian_id == guardian_id)
        for row in await self._database.rows(select(guardians).where(*of_both, stands_in_on(today))):
            return GuardianView(row.guardian_id, tuple(sorted(row.may)), row.until)
        raise GuardianNotFound

    async def wards(self, *, limit: int, after: UUID | None) -> list[Ward]:
        """Return up to `limit` members with guardians, after that one in the order in which they joined."""
        beyond = () if after is None else (guardians.c.member_id > after,)
        some = select(guardians.c.member_id).distinct().where(*beyond).order_by(guardians.c.member_id).limit(limit)
        ids = [row.member_id for row in await self._database.rows(some)]
        query = select(members.c.details, guardians).join(guardians, guardians.c.member_id == members.c.member_id)
        found: dict[UUID, list[Row[Any]]] = {one: [] for one in ids}
        for row in await self._database.rows(query.where(guardians.c.member_id.in_(ids))) if ids else ():
            found[row.member_id].append(row)
        return [self._ward(rows) for rows in found.values() if rows]

    async def at_home(self, branch: str, *, limit: int, after: UUID | None) -> list[UUID]:
        """Return up to `limit` members who are at home in a branch, after that one in the order in which they joined.

        The branch is found in any case of its letters in which it was ever filed: as it is, and in capitals.
        """
        beyond = () if after is None else (members.c.member_id > after,)
        query = select(members.c.member_id).where(members.c.home_branch.in_({branch, branch.upper()}), *beyond)
        return [row.member_id for row in await self._database.rows(query.order_by(members.c.member_id).limit(limit))]

    def _ward(self, rows: list[Row[Any]]) -> Ward:
        owner = rows[0].member_id
        theirs = [Guardian(member_id=row.guardian_id, may=row.may, since=row.since, until=row.until) for row in rows]
        return Ward(owner, open_details(self._keys, rows[0].details, owner=owner).date_of_birth, tuple(theirs))

    async def duplicates(self, *, today: date, limit: int, after: bytes | None) -> list[tuple[bytes, DuplicatesView]]:
        """Return up to `limit` groups of members who are perhaps one person, behind the group with that key."""
        several = select(likenesses.c.key).group_by(likenesses.c.key).having(func.count() > 1)
        if after is not None:
            several = several.where(likenesses.c.key > after)
        keys = several.order_by(likenesses.c.key).limit(limit).subquery()
        query = (
            select(likenesses.c.key, likenesses.c.kind, likenesses.c.member_id)
            .where(likenesses.c.key.in_(select(keys.c.key)))
            .order_by(likenesses.c.key, likenesses.c.member_id)
        )
        groups: dict[bytes, list[Row[Any]]] = {}
        for row in await self._database.rows(query):
            groups.setdefault(row.key, []).append(row)
        ids = {row.member_id for rows in groups.values() for row in rows[:_MOST_ALIKE]}
        views = {
            one.member_id: one
            for one in await self._views_of(
                await self._database.rows(_SELECT_MEMBERS.where(members.c.member_id.in_(ids))), today
            )
        }
        return [
            (
                key,
                DuplicatesView(
                    Likeness(rows[0].kind),
                    tuple(views[row.member_id] for row in rows[:_MOST_ALIKE] if row.member_id in views),
                ),
            )
            for key, rows in groups.items()
        ]

    async def cards(self, member_id: UUID, *, limit: int | None, after: tuple[datetime, str] | None) -> list[CardView]:
        """Return up to `limit` cards of one member behind that one, in the order in which they were given out."""
        query = select(cards).where(cards.c.member_id == member_id)
        if after is not None:
            issued_at, key = after
            later = and_(cards.c.issued_at == issued_at, cards.c.card_key > key)
            query = query.where(or_(cards.c.issued_at > issued_at, later))
        rows = await self._database.rows(query.order_by(cards.c.issued_at, cards.c.card_key).limit(limit))
        return [_card(row) for row in rows]

    async def card(self, card_number: str) -> CardView:
        """Return the card with this number, whether it works or not. Raises CardNotFound."""
        row = await self._database.first(select(cards).where(cards.c.card_key == card_key(card_number)))
        if row is None:
            raise CardNotFound
        return _card(row)

    async def pin_of(self, card_number: str) -> tuple[UUID, str | None] | None:
        """Return the id of the card's member and the hash of the PIN; None for an unknown card."""
        query = (
            select(members.c.member_id, members.c.pin_hash)
            .join(cards, cards.c.member_id == members.c.member_id)
            .where(cards.c.card_key == card_key(card_number), card_finds)
        )
        rows = await self._database.rows(query)
        return (rows[0].member_id, rows[0].pin_hash) if rows else None

    async def blocks(self, member_id: UUID, *, limit: int | None, after: UUID | None) -> list[BlockView]:
        """Return up to `limit` blocks of one member behind that one, oldest first. Raises MemberNotFound."""
        theirs = blocks.c.member_id == members.c.member_id
        page = theirs if after is None else and_(theirs, blocks.c.block_id > after)
        joined = select(members.c.member_id, blocks).select_from(members.outerjoin(blocks, page))
        query = joined.where(members.c.member_id == member_id).order_by(blocks.c.block_id).limit(limit)
        rows = await self._database.rows(query)
        if not rows:
            raise MemberNotFound
        return [
            BlockView(row.block_id, member_id, row.action, row.reason, row.until, row.placed_at, row.branch)
            for row in rows
            if row.block_id is not None
        ]

    async def history(self, member_id: UUID, *, limit: int | None, before: UUID | None) -> list[HistoryEntryView]:
        """Return up to `limit` entries of a member's history before that one, newest first. Raises MemberNotFound."""
        theirs = history_entries.c.member_id == members.c.member_id
        page = theirs if before is None else and_(theirs, history_entries.c.happening_id < before)
        joined = select(members.c.member_id, history_entries).select_from(members.outerjoin(history_entries, page))
        newest_first = joined.where(members.c.member_id == member_id).order_by(history_entries.c.happening_id.desc())
        rows = await self._database.rows(newest_first.limit(limit))
        if not rows:
            raise MemberNotFound
        return [
            HistoryEntryView(
                row.happening_id, member_id, MembershipEventType(row.what), row.at, row.by, row.reason, row.facts
            )
            for row in rows
            if row.happening_id is not None
        ]

    async def _views_of(self, rows: list[Row[Any]], today: date) -> list[MemberView]:
        """Return a view of each member, with the guardians of all of them read in one statement."""
        theirs: dict[UUID, list[GuardianView]] = {}
        if rows:
            query = select(guardians).where(guardians.c.member_id.in_([row.member_id for row in rows]))
            for row in await self._database.rows(query.order_by(guardians.c.guardian_id)):
                may = tuple(sorted(row.may))
                theirs.setdefault(row.member_id, []).append(GuardianView(row.guardian_id, may, row.until))
        return [self._member(row, tuple(theirs.get(row.member_id, ())), today) for row in rows]

    def _member(self, row: Row[Any], guarded_by: tuple[GuardianView, ...], today: date) -> MemberView:
        sealed = row.email
        record = from_attributes(
            row,
            MemberRecord,
            email=None if sealed is None else open_email(self._keys, sealed, owner=row.member_id),
            details=open_details(self._keys, row.details, owner=row.member_id),
        )
        return MemberView.from_record(
            record,
            membership_of(row),
            today=today,
            number=row.number,
            card_number=row.card_number,
            card_stopped_at=row.stopped_at,
            joined_at=row.joined_at,
            guardians=guarded_by,
            has_pin=row.pin_hash is not None,
            version=row.version,
        )

    async def _expect_no_old_card(self, card_number: str) -> None:
        query = select(cards.c.replaced_at, cards.c.stopped_at).where(cards.c.card_key == card_key(card_number))
        for row in await self._database.rows(query.where(~card_finds)):
            raise refusal_of_card(replaced_at=row.replaced_at, stopped_at=row.stopped_at) or MemberNotFound


class CategoryQueries:
    """Fetches the categories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> CategoryTable:
        """Return the table in force."""
        return category_table(await self._database.first(NEWEST))


def _card(row: Row[Any]) -> CardView:
    state = state_of_card(replaced_at=row.replaced_at, stopped_at=row.stopped_at)
    return CardView(row.card_number, row.member_id, state, row.issued_at, row.replaced_at, row.stopped_at)
