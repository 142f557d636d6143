"""Members to look at: one plain select a question."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    intersect,
    not_,
    null,
    or_,
    select,
    union,
    union_all,
)

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.membership.sealed_details import open_details
from members_service.adapters.membership.sql_tables import (
    blocks,
    card_works,
    cards,
    history_entries,
    member_words,
    members,
)
from members_service.adapters.sealed_email import email_digest, open_email
from members_service.application.membership.views import (
    BlockView,
    HistoryEntryView,
    MemberFilter,
    MemberView,
    SuspensionView,
)
from members_service.domain.email import email_key
from members_service.domain.membership.card import CardReplaced
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.name import words_of
from members_service.domain.membership.named_member import NamedMember
from members_service.domain.membership.standing import ActionBlock, Membership, Status, Suspension
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.errors import LibraryError
from shared.persistence.database import Database

# What standing depends on, member and blocks in one statement; built once, because every check-out asks it.
_STANDING = select(
    members.c.member_id,
    members.c.category,
    members.c.expires_on,
    members.c.suspension_reason,
    members.c.suspended_until,
    members.c.leaving_since,
    blocks.c.action,
    blocks.c.until,
)
_WITH_BLOCKS = members.outerjoin(blocks, blocks.c.member_id == members.c.member_id)
_STANDING_BY_ID = (
    _STANDING.add_columns(null().label("replaced_at"))
    .select_from(_WITH_BLOCKS)
    .where(members.c.member_id == bindparam("wanted"))
)
_STANDING_BY_CARD = (
    _STANDING.add_columns(cards.c.replaced_at)
    .select_from(_WITH_BLOCKS.join(cards, cards.c.member_id == members.c.member_id))
    .where(cards.c.card_key == bindparam("wanted"))
)
_STANDINGS_BY_ID = (
    _STANDING.add_columns(null().label("card_key"), null().label("replaced_at"))
    .select_from(_WITH_BLOCKS)
    .where(members.c.member_id.in_(bindparam("ids", expanding=True)))
)
_STANDINGS_BY_CARD = (
    _STANDING.add_columns(cards.c.card_key, cards.c.replaced_at)
    .select_from(_WITH_BLOCKS.join(cards, cards.c.member_id == members.c.member_id))
    .where(cards.c.card_key.in_(bindparam("card_keys", expanding=True)))
)
_STANDINGS_BY_EITHER = union_all(_STANDINGS_BY_ID, _STANDINGS_BY_CARD)
_SHOWN = select(members, cards.c.card_number, cards.c.replaced_at).select_from(
    members.join(cards, cards.c.member_id == members.c.member_id)
)


_MOST_WORDS = 8  # of a search: more would only make it slower
_BEHIND_ALL_LETTERS = "\U0010ffff"


class SqlMemberViews:
    """Implements `views.MemberViews`."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def member(self, member_id: UUID, *, today: date) -> MemberView:
        rows = await self._rows(_SHOWN.where(members.c.member_id == member_id, card_works))
        if not rows:
            raise MemberNotFound
        return self._member(rows[0], today)

    async def members(self, wanted: MemberFilter, *, today: date, limit: int, after: UUID | None) -> list[MemberView]:
        query = _SHOWN.where(*self._conditions(wanted, today)).order_by(members.c.member_id).limit(limit)
        if after is not None:
            query = query.where(members.c.member_id > after)
        rows = await self._rows(query)
        if any(row.replaced_at is not None for row in rows):
            raise CardReplaced
        return [self._member(row, today) for row in rows]

    async def membership(self, named: NamedMember) -> Membership:
        query, wanted = (
            (_STANDING_BY_ID, named.member_id)
            if named.card_number is None
            else (_STANDING_BY_CARD, card_key(named.card_number))
        )
        found = _standing_of(await self._rows(query, {"wanted": wanted}))
        if isinstance(found, LibraryError):
            raise found
        return found

    async def memberships(self, named: Sequence[NamedMember]) -> list[Membership | LibraryError]:
        keys = [one.member_id if one.card_number is None else card_key(one.card_number) for one in named]
        ids, card_keys = [key for key in keys if isinstance(key, UUID)], [key for key in keys if isinstance(key, str)]
        query = _STANDINGS_BY_EITHER if ids and card_keys else _STANDINGS_BY_CARD if card_keys else _STANDINGS_BY_ID
        rows: dict[UUID | str | None, list[Row[Any]]] = {}
        for row in await self._rows(query, {"ids": ids, "card_keys": card_keys}):
            rows.setdefault(row.member_id if row.card_key is None else row.card_key, []).append(row)
        return [_standing_of(rows.get(key, [])) for key in keys]

    async def blocks(self, member_id: UUID, *, limit: int | None, after: UUID | None) -> list[BlockView]:
        theirs = blocks.c.member_id == members.c.member_id
        wanted = theirs if after is None else and_(theirs, blocks.c.block_id > after)
        known = select(members.c.member_id, blocks).select_from(members.outerjoin(blocks, wanted))
        query = known.where(members.c.member_id == member_id).order_by(blocks.c.block_id).limit(limit)
        rows = await self._rows(query)
        if not rows:
            raise MemberNotFound
        return [
            BlockView(row.block_id, member_id, row.action, row.reason, row.until, row.placed_at)
            for row in rows
            if row.block_id is not None
        ]

    async def history(self, member_id: UUID, *, limit: int | None, before: UUID | None) -> list[HistoryEntryView]:
        theirs = history_entries.c.member_id == members.c.member_id
        wanted = theirs if before is None else and_(theirs, history_entries.c.happening_id < before)
        known = select(members.c.member_id, history_entries).select_from(members.outerjoin(history_entries, wanted))
        newest_first = known.where(members.c.member_id == member_id).order_by(history_entries.c.happening_id.desc())
        rows = await self._rows(newest_first.limit(limit))
        if not rows:
            raise MemberNotFound
        return [
            HistoryEntryView(
                row.happening_id, member_id, MembershipEventType(row.what), row.at, row.by, row.reason, row.facts
            )
            for row in rows
            if row.happening_id is not None
        ]

    def _conditions(self, wanted: MemberFilter, today: date) -> list[ColumnElement[bool]]:
        number = wanted.card_number
        found = [card_works if number is None else cards.c.card_key == card_key(number)]
        if wanted.q is not None:
            found.append(members.c.member_id.in_(self._known_as(wanted.q)))
        if wanted.category is not None:
            found.append(members.c.category == wanted.category)
        if wanted.status is not None:
            found.append(_has_status(Status(wanted.status), today))
        return found

    def _known_as(self, text: str) -> CompoundSelect[Any]:
        """Find those with this very card or e-mail address, and those whose name has words that begin like all of it.

        Each part looks into an index of its own.
        """
        by_card = select(cards.c.member_id).where(cards.c.card_key == card_key(text), card_works)
        by_email = select(members.c.member_id).where(members.c.email_key == email_digest(self._keys, email_key(text)))
        ways: list[Select[Any]] = [by_card, by_email]
        if words := sorted(words_of(text), key=len, reverse=True)[:_MOST_WORDS]:
            all_words = intersect(*(_begins_with(word) for word in words)).subquery()
            ways.append(select(all_words.c.member_id))
        return union(*ways)

    def _member(self, row: Row[Any], today: date) -> MemberView:
        membership = _membership(row)
        stopped = membership.suspension
        details = open_details(self._keys, row.details, owner=row.member_id)
        return MemberView(
            member_id=row.member_id,
            card_number=row.card_number,
            name=row.name,
            email=open_email(self._keys, row.email, owner=row.member_id).address,
            category=str(row.category),
            status=membership.status(today),
            joined_at=row.joined_at,
            expires_on=row.expires_on,
            suspension=SuspensionView(stopped.reason, stopped.until) if stopped and stopped.holds_on(today) else None,
            language=row.language,
            phone=details.phone,
            address=details.address,
            date_of_birth=details.date_of_birth,
            version=row.version,
        )

    async def _rows(
        self, query: Select[Any] | CompoundSelect[Any], values: dict[str, Any] | None = None
    ) -> list[Row[Any]]:
        async with self._database.reading() as connection:
            return list(await connection.execute(query, values))


def _standing_of(rows: list[Row[Any]]) -> Membership | LibraryError:
    """Return what the rows of one member say; without any, or by a replaced card, why there is nothing to say."""
    if not rows:
        return MemberNotFound()
    if rows[0].replaced_at is not None:
        return CardReplaced()
    return _membership(rows[0], tuple(ActionBlock(row.action, row.until) for row in rows if row.action is not None))


def _begins_with(word: str) -> Select[Any]:
    return select(member_words.c.member_id).where(
        member_words.c.word >= word, member_words.c.word < word + _BEHIND_ALL_LETTERS
    )


def _has_status(status: Status, today: date) -> ColumnElement[bool]:
    """Say in SQL what `Membership.status` says of one member."""
    leaving = members.c.leaving_since.is_not(None)
    suspended = and_(
        members.c.suspension_reason.is_not(None),
        or_(members.c.suspended_until.is_(None), members.c.suspended_until >= today),
    )
    expired = members.c.expires_on < today
    match status:
        case Status.LEAVING:
            return leaving
        case Status.SUSPENDED:
            return and_(not_(leaving), suspended)
        case Status.EXPIRED:
            return and_(not_(leaving), not_(suspended), expired)
        case Status.ACTIVE:
            return and_(not_(leaving), not_(suspended), not_(expired))


def _membership(row: Row[Any], blocks: tuple[ActionBlock, ...] = ()) -> Membership:
    return Membership(
        member_id=row.member_id,
        category=row.category,
        expires_on=row.expires_on,
        suspension=None if row.suspension_reason is None else Suspension(row.suspension_reason, row.suspended_until),
        blocks=blocks,
        leaving=row.leaving_since is not None,
    )
