"""Queries of what standing depends on: one select, for any number of members."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Row,
    Select,
    String,
    Text,
    bindparam,
    cast,
    func,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)

from members_service.domain.membership.card import refusal_of_card
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.desk_message import DeskNote
from members_service.domain.membership.guardian import Permission
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.standing import Action, ActionBlock, Membership, Suspension
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.desk_messages import TEXT
from members_service.persistence.membership.sealed_details import if_it_opens, open_born_and_notes
from members_service.persistence.membership.tables import (
    blocks,
    cards,
    desk_messages,
    guardians,
    members,
    merged_members,
    message_is_open,
)
from shared.kernel.errors import LibraryError
from shared.persistence.database import Database
from shared.persistence.lists import for_both, one_of

MOST_MESSAGES = 20  # shown with a standing, the newest

_TODAY: BindParameter[date] = bindparam("today")
_PAYS = type_coerce(guardians.c.may, String).contains(Permission.PAY)


def stands_in_on(today: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Return the SQL of `Guardian.stands_in_on`."""
    return or_(guardians.c.until.is_(None), guardians.c.until >= today)


_BLOCKS = select(blocks.c.action, blocks.c.until, blocks.c.branch).where(blocks.c.member_id == members.c.member_id)
_SHOWN = or_(desk_messages.c.until.is_(None), desk_messages.c.until >= _TODAY)
_MESSAGES = (
    select(desk_messages.c.message_id, desk_messages.c.text, desk_messages.c.branch, desk_messages.c.until)
    .where(desk_messages.c.member_id == members.c.member_id, message_is_open, _SHOWN)
    .order_by(desk_messages.c.message_id.desc())
    .limit(MOST_MESSAGES)
)
_WARDS = select(guardians.c.member_id).where(
    guardians.c.guardian_id == members.c.member_id, _PAYS, stands_in_on(_TODAY)
)


def _as_json(listed: Select[Any], dialect: str) -> ColumnElement[Any]:
    """Return rows that hang on a member as JSON arrays: they multiply neither each other nor the member.

    An array on PostgreSQL, where an aggregate of no rows costs more than they do; one text on SQLite.
    """
    rows = listed.correlate(members).subquery()
    if dialect == "sqlite":
        return select(func.json_group_array(func.json_array(*rows.c), type_=Text)).scalar_subquery()
    each = select(cast(func.json_build_array(*rows.c), Text)).select_from(rows).scalar_subquery()
    return func.array(each, type_=ARRAY(Text))


# What standing depends on is one row a member, in one statement that is built once: every check-out asks it.
def _standing(dialect: str, *, by_card: bool) -> Select[Any]:
    found = select(
        members.c.member_id,
        members.c.category,
        members.c.expires_on,
        members.c.suspension_reason,
        members.c.suspended_until,
        members.c.leaving_since,
        members.c.home_branch,
        members.c.details,
        _as_json(_BLOCKS, dialect).label("blocks"),
        _as_json(_MESSAGES, dialect).label("messages"),
        _as_json(_WARDS, dialect).label("wards"),
    )
    if not by_card:
        return found.add_columns(*(null().label(name) for name in ("card_key", "replaced_at", "stopped_at")))
    return found.add_columns(cards.c.card_key, cards.c.replaced_at, cards.c.stopped_at).select_from(
        members.join(cards, cards.c.member_id == members.c.member_id)
    )


def _by_id(dialect: str) -> Select[Any]:
    return _standing(dialect, by_card=False).where(one_of(members.c.member_id, "ids", dialect))


def _by_card(dialect: str) -> Select[Any]:
    return _standing(dialect, by_card=True).where(one_of(cards.c.card_key, "card_keys", dialect))


_STANDING_BY_ID = for_both(
    lambda dialect: _standing(dialect, by_card=False).where(members.c.member_id == bindparam("wanted"))
)
_STANDING_BY_CARD = for_both(
    lambda dialect: _standing(dialect, by_card=True).where(cards.c.card_key == bindparam("wanted"))
)
_STANDINGS_BY_ID = for_both(_by_id)
_STANDINGS_BY_CARD = for_both(_by_card)
_STANDINGS_BY_EITHER = for_both(lambda dialect: union_all(_by_id(dialect), _by_card(dialect)))


class StandingQueries:
    """Fetches what standing depends on."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def membership(self, reference: MemberReference, *, today: date) -> Membership:
        """Return what the standing of one member depends on. Raises MemberNotFound, CardReplaced or CardStopped."""
        found = await self._of_one(reference, today)
        if isinstance(found, LibraryError):
            raise found
        return found

    async def _of_one(self, reference: MemberReference, today: date) -> Membership | LibraryError:
        query, key = (
            (_STANDING_BY_ID, reference.member_id)
            if reference.card_number is None
            else (_STANDING_BY_CARD, card_key(reference.card_number))
        )
        row = await self._database.first(query, wanted=key, today=today)
        if (
            row is None
            and reference.member_id is not None
            and (into := await merged_into(self._database, [reference.member_id]))
        ):
            row = await self._database.first(query, wanted=into[reference.member_id], today=today)
        return self._standing_of(row)

    async def memberships(
        self, references: Sequence[MemberReference], *, today: date
    ) -> list[Membership | LibraryError]:
        """Return for each reference what `membership` returns or raises, in the same order."""
        if len(references) == 1:  # as a desk asks it: faster than a list of one
            return [await self._of_one(references[0], today)]
        keys = [one.member_id if one.card_number is None else card_key(one.card_number) for one in references]
        ids, card_keys = [key for key in keys if isinstance(key, UUID)], [key for key in keys if isinstance(key, str)]
        query = _STANDINGS_BY_EITHER if ids and card_keys else _STANDINGS_BY_CARD if card_keys else _STANDINGS_BY_ID
        found: dict[UUID | str | None, Row[Any]] = {
            row.member_id if row.card_key is None else row.card_key: row
            for row in await self._database.rows(query, ids=ids, card_keys=card_keys, today=today)
        }
        if (missing := [key for key in ids if key not in found]) and (
            into := await merged_into(self._database, missing)
        ):
            new = await self._database.rows(_STANDINGS_BY_ID, ids=list(into.values()), today=today)
            rows = {row.member_id: row for row in new}
            found |= {old: rows[one] for old, one in into.items() if one in rows}
        return [self._standing_of(found.get(key)) for key in keys]

    def _standing_of(self, row: Row[Any] | None) -> Membership | LibraryError:
        """Return the membership in a row, or the refusal if there is none or the card works no longer."""
        if row is None:
            return MemberNotFound()
        if refusal := refusal_of_card(replaced_at=row.replaced_at, stopped_at=row.stopped_at):
            return refusal
        opened = if_it_opens(open_born_and_notes, self._keys, row.details, owner=row.member_id)
        born, notes = opened or (None, ())
        return membership_of(
            row,
            tuple(ActionBlock(Action(action), _day(until), branch) for action, until, branch in _listed(row.blocks)),
            notes=(*(DeskNote(note.text) for note in notes if note.show_at_desk), *self._messages_in(row)),
            born=born,
            pays_for=tuple(UUID(ward_id) for (ward_id,) in _listed(row.wards)),
        )

    def _messages_in(self, row: Row[Any]) -> Iterator[DeskNote]:
        """Return the messages in a row, oldest first."""
        for message_id, sealed, branch, until in reversed(_listed(row.messages)):
            text = if_it_opens(DataKeys.open, self._keys, sealed, owner=UUID(message_id), field=TEXT)
            if text is not None:
                yield DeskNote(text, branch, _day(until))

    async def acting(
        self, pairs: Collection[tuple[UUID, UUID]], *, today: date
    ) -> dict[tuple[UUID, UUID], frozenset[Permission]]:
        """Return who of these pairs of a guardian and a member may do something today, and what."""
        of_both = tuple_(guardians.c.guardian_id, guardians.c.member_id)
        query = select(guardians).where(of_both.in_(pairs), stands_in_on(today))
        return {(row.guardian_id, row.member_id): row.may for row in await self._database.rows(query)}


def _listed(rows: str | Sequence[str]) -> Sequence[list[Any]]:
    if not rows or rows == "[]":  # most members have none of these
        return ()
    found: list[list[Any]] = json.loads(rows) if isinstance(rows, str) else [json.loads(each) for each in rows]
    return found


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


async def merged_into(database: Database, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the ids of the records into which these were merged, by their own."""
    query = select(merged_members.c.member_id, merged_members.c.into).where(merged_members.c.member_id.in_(ids))
    return {row.member_id: row.into for row in await database.rows(query)}


def membership_of(
    row: Row[Any],
    blocks: tuple[ActionBlock, ...] = (),
    *,
    notes: tuple[DeskNote, ...] = (),
    born: date | None = None,
    pays_for: tuple[UUID, ...] = (),
) -> Membership:
    return Membership(
        member_id=row.member_id,
        category=row.category,
        expires_on=row.expires_on,
        suspension=None if row.suspension_reason is None else Suspension(row.suspension_reason, row.suspended_until),
        blocks=blocks,
        leaving=row.leaving_since is not None,
        notes=notes,
        home_branch=row.home_branch,
        born=born,
        pays_for=pays_for,
    )
