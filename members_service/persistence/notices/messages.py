"""The repository of messages. What one said, and to which address, is sealed.

A message is claimed under a lease, by a token of whoever claimed it: what a late holder writes is written only where
the row is still its own.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.message import LEASE, Attempt, Message, MessageNotFound, MessageState, Phase, Way
from members_service.domain.notices.notice import Why
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.tables import is_claimed, is_ready, notice_attempts, notice_messages, notices
from shared.kernel.ids import new_id

CONTENT = "content"
_IS_OVER = notice_messages.c.state.not_in([MessageState.READY.value, MessageState.CLAIMED.value])


@dataclass(frozen=True, slots=True)
class Content:
    """What a message said, and where it went."""

    text: str
    subject: str | None = None
    html: str | None = None
    address: str | None = None


class NoticeMessages:
    """The messages that notices go into."""

    def __init__(self, session: AsyncSession, keys: DataKeys) -> None:
        self._session = session
        self._keys = keys

    async def add(self, message: Message, *, repeats: UUID | None = None) -> None:
        """Add a message."""
        row = _row(message) | {
            "message_id": message.id,
            "member_id": message.member_id,
            "group": message.group.value,
            "way": message.way.value,
            "language": message.language,
            "branch": message.branch,
            "made_at": message.made_at,
            "changed_at": message.made_at,
            "repeats": repeats,
        }
        await self._session.execute(insert(notice_messages).values(row))

    async def waiting(self, member_id: UUID, group: NoticeGroup, branch: str | None) -> Message | None:
        """Return a message like this that nobody has claimed yet, locked: more can be put into it."""
        same = (notice_messages.c.member_id == member_id, notice_messages.c["group"] == group.value)
        at = notice_messages.c.branch.is_not_distinct_from(branch)
        query = select(notice_messages).where(is_ready, *same, at, notice_messages.c.repeats.is_(None)).limit(1)
        row = (await self._session.execute(query.with_for_update(skip_locked=True))).first()
        return None if row is None else message_in(row)

    async def claim(self, ways: Collection[Way], *, by: UUID, now: datetime, limit: int) -> list[Message]:
        """Claim messages that are to be handed over now: security first, courtesy last."""
        c = notice_messages.c
        is_time = or_(c.next_try_at.is_(None), c.next_try_at <= now)
        chosen = select(c.message_id).where(is_ready, is_time, c.way.in_([way.value for way in ways]))
        locked = chosen.order_by(c.turn, c.message_id).limit(limit).with_for_update(skip_locked=True)
        ids = list(await self._session.scalars(locked))
        return await self._claimed(c.message_id.in_(ids), by=by, now=now) if ids else []

    async def claim_letters(self, branch: str | None, *, by: UUID, now: datetime, limit: int) -> list[Message]:
        """Claim letters of a branch, or of none, that are to be printed now."""
        c = notice_messages.c
        is_time, at = or_(c.next_try_at.is_(None), c.next_try_at <= now), c.branch.is_not_distinct_from(branch)
        chosen = select(c.message_id).where(is_ready, is_time, c.way == Way.LETTER.value, at)
        locked = chosen.order_by(c.message_id).limit(limit).with_for_update(skip_locked=True)
        ids = list(await self._session.scalars(locked))
        return await self._claimed(c.message_id.in_(ids), by=by, now=now) if ids else []

    async def _claimed(self, which: ColumnElement[bool], *, by: UUID, now: datetime) -> list[Message]:
        claim = {"state": MessageState.CLAIMED.value, "phase": Phase.BEFORE.value, "claimed_by": by}
        values = claim | {"claimed_until": now + LEASE, "changed_at": now}
        taken = update(notice_messages).where(which).values(values).returning(*notice_messages.c)
        rows = [*(await self._session.execute(taken))]
        return sorted(map(message_in, rows), key=lambda one: (one.notice_class.turn, one.id))

    async def begin_data(self, message: Message, content: Content, *, by: UUID, now: datetime) -> bool:
        """Note, before the final dot, that it is about to be sent; False if the claim is somebody else's by now."""
        mine = (notice_messages.c.message_id == message.id, is_claimed, notice_messages.c.claimed_by == by)
        values = self._sealed(message, content) | {"phase": Phase.DATA.value, "claimed_until": now + LEASE}
        noted = update(notice_messages).where(*mine, notice_messages.c.claimed_until > now).values(values)
        return bool(list(await self._session.scalars(noted.returning(notice_messages.c.message_id))))

    async def finish(self, message: Message, *, by: UUID, content: Content | None = None) -> bool:
        """Write what became of a claimed message; False if somebody else has decided that by now.

        Who learns only after the end of the lease that the message was accepted still says so.
        """
        c = notice_messages.c
        values = _row(message) | {"changed_at": message.changed_at}
        if content is not None:
            values |= self._sealed(message, content)
        mine = (c.message_id == message.id, c.claimed_by == by)
        open_ = or_(is_claimed, c.state == MessageState.UNCERTAIN.value)
        ended = update(notice_messages).where(*mine, open_).values(values).returning(c.message_id)
        return bool(list(await self._session.scalars(ended)))

    async def note_attempt(self, message_id: UUID, attempt: Attempt, *, now: datetime) -> None:
        """Keep how a try ended; its text, which may say an address, is not kept."""
        row = {"attempt_id": new_id(), "message_id": message_id, "at": now, "code": attempt.code}
        row |= {"phase": attempt.phase.value, "outcome": attempt.outcome.value}
        await self._session.execute(insert(notice_attempts).values(row))

    async def lapsed(self, now: datetime, *, limit: int) -> list[Message]:
        """Return messages whose claim has run out, locked."""
        query = select(notice_messages).where(is_claimed, notice_messages.c.claimed_until <= now).limit(limit)
        rows = await self._session.execute(query.with_for_update(skip_locked=True))
        return [message_in(row) for row in rows]

    async def get(self, message_id: UUID) -> Message:
        """Return a message, locked. Raises MessageNotFound."""
        query = select(notice_messages).where(notice_messages.c.message_id == message_id)
        row = (await self._session.execute(query.with_for_update())).first()
        if row is None:
            raise MessageNotFound
        return message_in(row)

    async def was_repeated(self, message_id: UUID) -> bool:
        """Whether another message repeats this one."""
        query = select(notice_messages.c.message_id).where(notice_messages.c.repeats == message_id)
        return (await self._session.scalar(query)) is not None

    async def save(self, messages: Iterable[Message]) -> None:
        """Write what became of these."""
        for one in messages:
            values = _row(one) | {"changed_at": one.changed_at or one.made_at}
            await self._session.execute(
                update(notice_messages).where(notice_messages.c.message_id == one.id).values(values)
            )

    async def content_of(self, message_id: UUID) -> Content | None:
        """Return what a message said, unsealed; None if that is not kept."""
        query = select(notice_messages.c.content).where(notice_messages.c.message_id == message_id)
        return content_in(await self._session.scalar(query), message_id, self._keys)

    async def forget_texts(self, *, before: datetime, limit: int) -> int:
        """Forget what messages said that were over before then; return of how many."""
        c = notice_messages.c
        old = select(c.message_id).where(_IS_OVER, c.changed_at < before, c.content.is_not(None)).limit(limit)
        values = {CONTENT: None, "address_key": None}
        done = update(notice_messages).where(c.message_id.in_(old)).values(values).returning(c.message_id)
        return len(list(await self._session.scalars(done)))

    async def forget_texts_about(self, member_id: UUID) -> None:
        """Forget what messages said, to whomever, in which this member's notices are."""
        about = select(notices.c.message_id).where(notices.c.member_id == member_id, notices.c.message_id.is_not(None))
        values = {CONTENT: None, "address_key": None}
        theirs = notice_messages.c.message_id.in_(about)
        await self._session.execute(update(notice_messages).where(theirs).values(values))

    async def remove_over(self, *, before: datetime, limit: int) -> int:
        """Remove messages that were over before then; return how many."""
        c = notice_messages.c
        old = list(
            await self._session.scalars(select(c.message_id).where(_IS_OVER, c.changed_at < before).limit(limit))
        )
        if old:
            await self._session.execute(delete(notice_attempts).where(notice_attempts.c.message_id.in_(old)))
            await self._session.execute(delete(notice_messages).where(c.message_id.in_(old)))
        return len(old)

    async def remove_of(self, member_id: UUID) -> None:
        """Remove everything that was sent to a member, and what is about to be."""
        theirs = select(notice_messages.c.message_id).where(notice_messages.c.member_id == member_id)
        await self._session.execute(delete(notice_attempts).where(notice_attempts.c.message_id.in_(theirs)))
        await self._session.execute(delete(notice_messages).where(notice_messages.c.member_id == member_id))

    async def hand_over(self, member_id: UUID, *, to: UUID) -> None:
        """Let what was to go to a merged record go to the one that stays."""
        await self._session.execute(
            update(notice_messages).where(notice_messages.c.member_id == member_id).values(member_id=to)
        )

    def _sealed(self, message: Message, content: Content) -> dict[str, Any]:
        kept = json.dumps([content.text, content.subject, content.html, content.address])
        key = None if content.address is None else address_digest(self._keys, content.address)
        return {CONTENT: self._keys.seal(kept, owner=message.id, field=CONTENT), "address_key": key}


def address_digest(keys: DataKeys, address: str) -> bytes:
    """Return the digest by which an address is found again."""
    return keys.digest(address.casefold(), purpose="addresses of notices")


def content_in(sealed: str | None, message_id: UUID, keys: DataKeys) -> Content | None:
    """Return what was sealed of a message."""
    return None if sealed is None else plain_content(keys.open(sealed, owner=message_id, field=CONTENT))


def plain_content(opened: str) -> Content:
    """Return what a message said, once it is unsealed."""
    text, subject, html, address = json.loads(opened)
    return Content(text, subject, html, address)


def message_in(row: Row[Any]) -> Message:
    """Return the message in a row."""
    return Message(
        id=row.message_id,
        member_id=row.member_id,
        group=NoticeGroup(row.group),
        way=Way(row.way),
        language=row.language,
        branch=row.branch,
        kinds=tuple(map(NoticeKind, row.kinds)),
        made_at=row.made_at,
        state=MessageState(row.state),
        why=None if row.why is None else Why(row.why),
        phase=Phase(row.phase),
        tries=row.tries,
        next_try_at=row.next_try_at,
        changed_at=row.changed_at,
    )


def _row(message: Message) -> dict[str, Any]:
    """Return what changes of a message."""
    kinds: Sequence[str] = [kind.value for kind in message.kinds]
    return {
        "kinds": kinds,
        "turn": message.notice_class.turn,
        "state": message.state.value,
        "why": None if message.why is None else message.why.value,
        "phase": message.phase.value,
        "tries": message.tries,
        "next_try_at": message.next_try_at,
    }
