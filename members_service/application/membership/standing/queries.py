"""Queries of what standing depends on: one select, for any number of members."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)

from members_service.application.membership.standing.views import ActingView
from members_service.domain.membership.card import refusal_of_card
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.desk_message import DeskNote
from members_service.domain.membership.guardian import Permission
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.standing import ActionBlock, Membership, Suspension, WardPaidFor
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.desk_messages import TEXT
from members_service.persistence.membership.sealed_details import open_details
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
from shared.persistence.statements import Prepared

_wards = guardians.alias("wards")
_PAYS = type_coerce(_wards.c.may, String).contains(Permission.PAY)
# What standing depends on, with blocks, messages and wards in one statement; built once, for every check-out asks it.
_STANDING = select(
    members.c.member_id,
    members.c.category,
    members.c.expires_on,
    members.c.suspension_reason,
    members.c.suspended_until,
    members.c.leaving_since,
    members.c.home_branch,
    members.c.details,
    blocks.c.action,
    blocks.c.until,
    desk_messages.c.message_id,
    desk_messages.c.text,
    desk_messages.c.branch,
    desk_messages.c.until.label("shown_until"),
    _wards.c.member_id.label("ward_id"),
    _wards.c.until.label("ward_until"),
)
_WITH_BLOCKS = (
    members.outerjoin(blocks, blocks.c.member_id == members.c.member_id)
    .outerjoin(desk_messages, and_(desk_messages.c.member_id == members.c.member_id, message_is_open))
    .outerjoin(_wards, and_(_wards.c.guardian_id == members.c.member_id, _PAYS))
)
_WITH_CARDS = _WITH_BLOCKS.join(cards, cards.c.member_id == members.c.member_id)
_STANDING_BY_ID = Prepared(
    _STANDING.add_columns(null().label("replaced_at"), null().label("stopped_at"))
    .select_from(_WITH_BLOCKS)
    .where(members.c.member_id == bindparam("wanted"))
)
_STANDING_BY_CARD = Prepared(
    _STANDING.add_columns(cards.c.replaced_at, cards.c.stopped_at)
    .select_from(_WITH_CARDS)
    .where(cards.c.card_key == bindparam("wanted"))
)


def _by_id(dialect: str) -> Select[Any]:
    found = _STANDING.add_columns(
        null().label("card_key"), null().label("replaced_at"), null().label("stopped_at")
    ).select_from(_WITH_BLOCKS)
    return found.where(one_of(members.c.member_id, "ids", dialect))


def _by_card(dialect: str) -> Select[Any]:
    found = _STANDING.add_columns(cards.c.card_key, cards.c.replaced_at, cards.c.stopped_at).select_from(_WITH_CARDS)
    return found.where(one_of(cards.c.card_key, "card_keys", dialect))


_STANDINGS_BY_ID = for_both(_by_id)
_STANDINGS_BY_CARD = for_both(_by_card)
_STANDINGS_BY_EITHER = for_both(lambda dialect: union_all(_by_id(dialect), _by_card(dialect)))


class StandingQueries:
    """Fetches what standing depends on."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._keys = keys

    async def membership(self, reference: MemberReference) -> Membership:
        """Return what the standing of one member depends on. Raises MemberNotFound, CardReplaced or CardStopped."""
        found = await self._of_one(reference)
        if isinstance(found, LibraryError):
            raise found
        return found

    async def _of_one(self, reference: MemberReference) -> Membership | LibraryError:
        query, key = (
            (_STANDING_BY_ID, reference.member_id)
            if reference.card_number is None
            else (_STANDING_BY_CARD, card_key(reference.card_number))
        )
        rows = await self._database.rows(query, wanted=key)
        if (
            not rows
            and reference.member_id is not None
            and (into := await merged_into(self._database, [reference.member_id]))
        ):
            rows = await self._database.rows(query, wanted=into[reference.member_id])
        return self._standing_of(rows)

    async def memberships(self, references: Sequence[MemberReference]) -> list[Membership | LibraryError]:
        """Return for each reference what `membership` returns or raises, in the same order."""
        if len(references) == 1:  # as a desk asks it: faster than a list of one
            return [await self._of_one(references[0])]
        keys = [one.member_id if one.card_number is None else card_key(one.card_number) for one in references]
        ids, card_keys = [key for key in keys if isinstance(key, UUID)], [key for key in keys if isinstance(key, str)]
        query = _STANDINGS_BY_EITHER if ids and card_keys else _STANDINGS_BY_CARD if card_keys else _STANDINGS_BY_ID
        rows: dict[UUID | str | None, list[Row[Any]]] = {}
        for row in await self._database.rows(query, ids=ids, card_keys=card_keys):
            rows.setdefault(row.member_id if row.card_key is None else row.card_key, []).append(row)
        if (missing := [key for key in ids if key not in rows]) and (
            into := await merged_into(self._database, missing)
        ):
            for row in await self._database.rows(_STANDINGS_BY_ID, ids=list(into.values())):
                for old in (old for old, new in into.items() if new == row.member_id):
                    rows.setdefault(old, []).append(row)
        return [self._standing_of(rows.get(key, [])) for key in keys]

    def _standing_of(self, rows: list[Row[Any]]) -> Membership | LibraryError:
        """Return the membership in the rows of one member, or the refusal if there is none or the card works no longer.

        Each block stands in a row beside each message, and beside each ward for whom the member pays.
        """
        if not rows:
            return MemberNotFound()
        if refusal := refusal_of_card(replaced_at=rows[0].replaced_at, stopped_at=rows[0].stopped_at):
            return refusal
        found = dict.fromkeys(ActionBlock(row.action, row.until) for row in rows if row.action is not None)
        details = open_details(self._keys, rows[0].details, owner=rows[0].member_id)
        notes = tuple(DeskNote(note.text) for note in details.notes if note.show_at_desk)
        wards = dict.fromkeys(WardPaidFor(row.ward_id, row.ward_until) for row in rows if row.ward_id is not None)
        return membership_of(
            rows[0],
            tuple(found),
            notes=(*notes, *self._notes_in(rows)),
            born=details.date_of_birth,
            pays_for=tuple(wards),
        )

    def _notes_in(self, rows: list[Row[Any]]) -> tuple[DeskNote, ...]:
        messages = {row.message_id: row for row in rows if row.message_id is not None}
        return tuple(
            DeskNote(self._keys.open(row.text, owner=message_id, field=TEXT), row.branch, row.shown_until)
            for message_id, row in sorted(messages.items())
        )

    async def acting(self, pairs: Collection[tuple[UUID, UUID]], *, today: date) -> dict[tuple[UUID, UUID], ActingView]:
        """Return who of these pairs of a guardian and a member may do something today, and what."""
        of_both = tuple_(guardians.c.guardian_id, guardians.c.member_id)
        query = select(guardians).where(of_both.in_(pairs), stands_in_on(today))
        return {
            (row.guardian_id, row.member_id): ActingView(row.guardian_id, tuple(sorted(row.may)))
            for row in await self._database.rows(query)
        }


def stands_in_on(today: date) -> ColumnElement[bool]:
    """Return the SQL of `Guardian.stands_in_on`."""
    return or_(guardians.c.until.is_(None), guardians.c.until >= today)


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
    pays_for: tuple[WardPaidFor, ...] = (),
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
