"""Members and accounts to look at: one plain select a question."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, not_, or_, select

from members_service.adapters.sql_tables import accounts, blocks, members
from members_service.application.views import (
    AccountView,
    BlockView,
    MemberFilter,
    MemberView,
    SignInFacts,
    SuspensionView,
)
from members_service.domain.account import AccountNotFound
from members_service.domain.card_number import card_key
from members_service.domain.member import MemberNotFound
from members_service.domain.standing import Membership, Status, Stop, Suspension
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
).select_from(members.outerjoin(blocks, blocks.c.member_id == members.c.member_id))
_STANDING_BY_ID = _STANDING.where(members.c.member_id == bindparam("wanted"))
_STANDING_BY_CARD = _STANDING.where(members.c.card_key == bindparam("wanted"))


class SqlMemberViews:
    """Implements `views.MemberViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def member(self, member_id: UUID, *, today: date) -> MemberView:
        rows = await self._rows(select(members).where(members.c.member_id == member_id))
        if not rows:
            raise MemberNotFound
        return _member(rows[0], today)

    async def members(self, wanted: MemberFilter, *, today: date, limit: int, after: UUID | None) -> list[MemberView]:
        query = select(members).where(*_conditions(wanted, today)).order_by(members.c.member_id).limit(limit)
        if after is not None:
            query = query.where(members.c.member_id > after)
        return [_member(row, today) for row in await self._rows(query)]

    async def membership(self, *, member_id: UUID | None = None, card_number: str | None = None) -> Membership:
        query, wanted = (
            (_STANDING_BY_CARD, card_key(card_number)) if card_number is not None else (_STANDING_BY_ID, member_id)
        )
        rows = await self._rows(query, {"wanted": wanted})
        if not rows:
            raise MemberNotFound
        return _membership(rows[0], tuple(Stop(row.action, row.until) for row in rows if row.action is not None))

    async def blocks(self, member_id: UUID, *, limit: int, after: UUID | None) -> list[BlockView]:
        theirs = blocks.c.member_id == members.c.member_id
        wanted = theirs if after is None else and_(theirs, blocks.c.block_id > after)
        known = select(members.c.member_id, blocks).select_from(members.outerjoin(blocks, wanted))
        query = known.where(members.c.member_id == member_id).order_by(blocks.c.block_id).limit(limit)
        rows = await self._rows(query)
        if not rows:
            raise MemberNotFound
        return [
            BlockView(row.block_id, member_id, str(row.action), row.reason, row.until, row.placed_at)
            for row in rows
            if row.block_id is not None
        ]

    async def _rows(self, query: Select[Any], values: dict[str, Any] | None = None) -> list[Row[Any]]:
        async with self._database.reading() as connection:
            return list(await connection.execute(query, values))


class SqlAccountViews:
    """Implements `views.AccountViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def account(self, account_id: UUID) -> AccountView:
        row = await self._first(select(accounts).where(accounts.c.account_id == account_id))
        if row is None:
            raise AccountNotFound
        return AccountView(
            account_id=row.account_id,
            email=row.email,
            roles=tuple(sorted(row.roles)),
            member_id=row.member_id,
            activated=row.password_hash is not None,
            disabled=row.disabled,
            created_at=row.created_at,
            version=row.version,
        )

    async def signing_in(self, email_key: str) -> SignInFacts | None:
        columns = (
            accounts.c.account_id,
            accounts.c.password_hash,
            accounts.c.disabled,
            accounts.c.roles,
            accounts.c.member_id,
        )
        row = await self._first(select(*columns).where(accounts.c.email_key == email_key))
        if row is None:
            return None
        return SignInFacts(row.account_id, row.password_hash, row.disabled, tuple(sorted(row.roles)), row.member_id)

    async def awaiting(self, token: bytes, *, now: datetime) -> str | None:
        pending = (accounts.c.activation_digest == token, accounts.c.activation_expires_at > now)
        row = await self._first(select(accounts.c.email).where(*pending))
        return None if row is None else row.email

    async def email_and_hash(self, account_id: UUID) -> tuple[str, str | None]:
        row = await self._first(
            select(accounts.c.email, accounts.c.password_hash).where(accounts.c.account_id == account_id)
        )
        if row is None:
            raise AccountNotFound
        return row.email, row.password_hash

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        async with self._database.reading() as connection:
            row: Row[Any] | None = (await connection.execute(query)).first()
        return row


def _conditions(wanted: MemberFilter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.card_number is not None:
        found.append(members.c.card_key == card_key(wanted.card_number))
    if wanted.category is not None:
        found.append(members.c.category == wanted.category)
    if wanted.status is not None:
        found.append(_has_status(Status(wanted.status), today))
    return found


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


def _membership(row: Row[Any], stops: tuple[Stop, ...] = ()) -> Membership:
    return Membership(
        member_id=row.member_id,
        category=row.category,
        expires_on=row.expires_on,
        suspension=None if row.suspension_reason is None else Suspension(row.suspension_reason, row.suspended_until),
        stops=stops,
        leaving=row.leaving_since is not None,
    )


def _member(row: Row[Any], today: date) -> MemberView:
    membership = _membership(row)
    stopped = membership.suspension
    return MemberView(
        member_id=row.member_id,
        card_number=row.card_number,
        name=row.name,
        email=row.email,
        category=str(row.category),
        status=str(membership.status(today)),
        joined_at=row.joined_at,
        expires_on=row.expires_on,
        suspension=SuspensionView(stopped.reason, stopped.until) if stopped and stopped.holds_on(today) else None,
        language=row.language,
        phone=row.details.phone,
        address=row.details.address,
        date_of_birth=row.details.date_of_birth,
        version=row.version,
    )
