"""The repository of notices. A code, or a former address, is sealed."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, and_, case, cast, delete, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.kinds import LONGEST_SLIDE, NoticeClass, NoticeGroup, NoticeKind
from members_service.domain.notices.notice import Notice, NoticeState, Occurrence, Why
from members_service.domain.notices.notice_settings import Mode, NoticeDefaults
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.notice_settings import NoticeSettingsTable
from members_service.persistence.notices.tables import is_claimed, is_pending, is_ready, notice_messages, notices
from shared.kernel.ids import new_id
from shared.persistence.lists import insert_for

_SECURITY = [kind.value for kind in NoticeKind if kind.notice_class is NoticeClass.SECURITY]
_TURN = 0x62756E64
SECRET = "secret"  # noqa: S105 - the name of a column


class Notices:
    """What members are to be told. What is added while the library sends no notices is written nowhere."""

    def __init__(self, session: AsyncSession, keys: DataKeys, defaults: NoticeDefaults) -> None:
        self._session = session
        self._keys = keys
        self._zone = defaults.zone
        self._settings = NoticeSettingsTable(session, defaults)
        self._added: list[Occurrence] = []

    def add(self, occurrence: Occurrence) -> None:
        """Tell a member of something, in this transaction."""
        self._added.append(occurrence)

    async def write(self) -> None:
        """Write what was added; part of the commit. What is there already stays as it is."""
        if not self._added:
            return
        settings = await self._settings.current()
        rows = [
            self._row(one, due_at=settings.due_at(one.kind, one.at, self._zone))
            for one in self._added
            if settings.mode_of(one.kind) is not Mode.OFF
        ]
        self._added.clear()
        if rows:
            new = insert_for(self._session.get_bind().dialect.name)(notices)
            await self._session.execute(new.on_conflict_do_nothing(), rows)

    async def take_turn(self) -> bool:
        """Be the one that puts notices into messages until this transaction ends; False if another process is.

        On SQLite nobody else writes meanwhile.
        """
        if self._session.get_bind().dialect.name != "postgresql":
            return True
        return bool(await self._session.scalar(select(func.pg_try_advisory_xact_lock(_TURN))))

    async def due(self, now: datetime, *, limit: int) -> list[UUID]:
        """Return up to so many members who have notices that are due: codes and warnings first, then as they wait.

        Receipts whose window slides on are not due yet.
        """
        c, later = notices.c, notices.alias()
        receipts = later.c.kind == NoticeKind.RECEIPT.value
        scanned_on = exists().where(
            later.c.member_id == c.member_id,
            receipts,
            later.c.state == NoticeState.PENDING.value,
            later.c.due_at > now,
        )
        slides = and_(c.kind == NoticeKind.RECEIPT.value, c.due_at > now - LONGEST_SLIDE, scanned_on)
        turn = func.min(case((c.kind.in_(_SECURITY), 0), else_=1))
        query = select(c.member_id).where(is_pending, c.due_at <= now, not_(slides)).group_by(c.member_id)
        return list(await self._session.scalars(query.order_by(turn, func.min(c.due_at)).limit(limit)))

    async def pending_of(self, member_ids: Collection[UUID]) -> list[Notice]:
        """Return all that is pending of these members, locked; what another process works on is left out."""
        query = select(notices).where(is_pending, notices.c.member_id.in_(member_ids))
        return await self._locked(query.with_for_update(skip_locked=True))

    async def of_messages(self, message_ids: Collection[UUID]) -> list[Notice]:
        """Return what is in these messages, locked."""
        bundled = notices.c.state == NoticeState.BUNDLED.value
        query = select(notices).where(notices.c.message_id.in_(message_ids), bundled)
        return await self._locked(query.with_for_update())

    async def _locked(self, query: Select[Any]) -> list[Notice]:
        rows = await self._session.execute(query.order_by(notices.c.notice_id))
        return [notice_in(row, self._keys) for row in rows]

    async def save(self, changed: Iterable[Notice]) -> None:
        """Write what became of these. One that has ended keeps no code, and no address of its own."""
        for one in changed:
            values: dict[str, Any] = {"state": one.state.value, "why": one.why and one.why.value}
            values |= {"message_id": one.message_id} | ({"secret": None} if one.has_ended else {})
            await self._session.execute(update(notices).where(notices.c.notice_id == one.id).values(values))

    async def move(self, message_id: UUID, *, to: UUID) -> None:
        """Put all that is in a message into another one."""
        await self._session.execute(update(notices).where(notices.c.message_id == message_id).values(message_id=to))

    async def forget_secrets(self, message_id: UUID) -> None:
        """Do away with the codes in a message that is over."""
        theirs = (notices.c.message_id == message_id, notices.c.secret.is_not(None))
        await self._session.execute(update(notices).where(*theirs).values(secret=None))

    async def remove_over(self, *, before: datetime, limit: int) -> int:
        """Remove notices of before then that do not wait any more; return how many."""
        c = notices.c
        old = select(c.notice_id).where(c.state != NoticeState.PENDING.value, c.due_at < before).limit(limit)
        removed = delete(notices).where(c.notice_id.in_(old)).returning(c.notice_id)
        return len(list(await self._session.scalars(removed)))

    async def forget_facts(self, now: datetime, *, before: datetime, limit: int) -> int:
        """Forget which loans and titles notices were about, once they are over; return of how many.

        A receipt is good for a day: then its facts go, and its subject, too. Those of others go from `before` on.
        """
        c, open_ = notices.c, select(notice_messages.c.message_id).where(or_(is_ready, is_claimed))
        is_over = (c.state != NoticeState.PENDING.value, or_(c.message_id.is_(None), c.message_id.not_in(open_)))
        known = cast(c.facts, Text) != "{}"
        done = 0
        receipt = c.kind == NoticeKind.RECEIPT.value
        forgotten: dict[str, Any] = {"facts": {}}
        for old, values in (
            ((receipt, c.valid_until < now), forgotten | {"subject_id": c.notice_id}),
            ((c.due_at < before,), forgotten),
        ):
            chosen = select(c.notice_id).where(*is_over, known, *old).limit(limit)
            forget = update(notices).where(c.notice_id.in_(chosen)).values(values).returning(c.notice_id)
            done += len(list(await self._session.scalars(forget)))
        return done

    async def take_out_of(self, member_id: UUID) -> None:
        """Let what waits in a message to this member, of whomever, be told anew: the message will be removed."""
        c, to = notices.c, notice_messages.c.member_id == member_id
        waiting = select(notice_messages.c.message_id).where(to, or_(is_ready, is_claimed))
        bundled = (c.state == NoticeState.BUNDLED.value, c.message_id.in_(waiting))
        values = {"state": NoticeState.PENDING.value, "message_id": None}
        await self._session.execute(update(notices).where(*bundled).values(values))

    async def withdraw(self, kind: NoticeKind, subject_id: UUID) -> None:
        """Do not tell this any more, where it has not gone out yet."""
        c, ready = notices.c, select(notice_messages.c.message_id).where(is_ready)
        waits = or_(is_pending, and_(c.state == NoticeState.BUNDLED.value, c.message_id.in_(ready)))
        values = {"state": NoticeState.OBSOLETE.value, "why": Why.OVER.value}
        theirs = (c.kind == kind.value, c.subject_id == subject_id, waits)
        await self._session.execute(update(notices).where(*theirs).values(values))

    async def remove_of(self, member_id: UUID) -> None:
        """Remove everything that one member was told, or is to be told."""
        await self._session.execute(delete(notices).where(notices.c.member_id == member_id))

    async def hand_over(self, member_id: UUID, *, to: UUID) -> None:
        """Let what is pending of a merged record go to the one that stays."""
        await self._session.execute(
            update(notices).where(notices.c.member_id == member_id, is_pending).values(member_id=to)
        )

    def _row(self, one: Occurrence, *, due_at: datetime) -> dict[str, Any]:
        id = new_id()
        sealed = None if one.secret is None else self._keys.seal(json.dumps(dict(one.secret)), owner=id, field=SECRET)
        return {
            "notice_id": id,
            "member_id": one.member_id,
            "kind": one.kind.value,
            "subject_id": one.subject_id,
            "occasion": one.occasion,
            "stage": one.stage,
            "branch": one.branch,
            "occurred_at": one.at,
            "due_at": due_at,
            "valid_until": one.valid_until,
            "facts": dict(one.facts),
            SECRET: sealed,
            "state": NoticeState.PENDING.value,
            "why": None,
            "message_id": None,
        }


def notice_in(row: Row[Any], keys: DataKeys) -> Notice:
    """Return the notice in a row, unsealed."""
    secret = None if row.secret is None else json.loads(keys.open(row.secret, owner=row.notice_id, field=SECRET))
    occurrence = Occurrence(
        member_id=row.member_id,
        kind=NoticeKind(row.kind),
        subject_id=row.subject_id,
        at=row.occurred_at,
        occasion=row.occasion,
        stage=row.stage,
        branch=row.branch,
        valid_until=row.valid_until,
        facts=row.facts,
        secret=secret,
    )
    why = None if row.why is None else Why(row.why)
    return Notice(row.notice_id, occurrence, row.due_at, NoticeState(row.state), why, row.message_id)


def by_group(found: Sequence[Notice]) -> dict[tuple[UUID, NoticeGroup], list[Notice]]:
    """Return them by member and group."""
    grouped: dict[tuple[UUID, NoticeGroup], list[Notice]] = {}
    for one in found:
        grouped.setdefault((one.occurrence.member_id, one.kind.group), []).append(one)
    return grouped
