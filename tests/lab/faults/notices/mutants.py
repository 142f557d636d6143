"""The relay with one guard taken out. What the judge would not notice then, it could not vouch for."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from members_service.application.notices.prepare import PrepareMessages
from members_service.domain.notices.message import Attempt, Message, MessageState, Outcome, Phase, Way
from members_service.persistence.notices.messages import NoticeMessages, message_in
from members_service.persistence.notices.tables import is_ready, notice_messages

SWITCH = "PLAY_MUTANT"


def _repeats_what_was_not_answered() -> None:
    note = Message.note

    def takes_silence_for_no(self: Message, attempt: Attempt, *, now: datetime) -> None:
        silent = attempt.outcome is Outcome.UNANSWERED
        note(self, replace(attempt, outcome=Outcome.DEFERRED) if silent else attempt, now=now)

    def begins_anew(self: Message, *, now: datetime) -> None:
        self.phase = Phase.BEFORE
        self.wait(until=now, now=now)

    Message.note = takes_silence_for_no  # type: ignore[method-assign]  # it is taken out
    Message.lapse = begins_anew  # type: ignore[method-assign]  # likewise


def _claims_without_lease() -> None:
    async def only_looks(
        self: NoticeMessages, ways: Collection[Way], *, by: UUID, now: datetime, limit: int
    ) -> list[Message]:
        del by
        c = notice_messages.c
        due = (is_ready, or_(c.next_try_at.is_(None), c.next_try_at <= now), c.way.in_([way.value for way in ways]))
        query = select(notice_messages).where(*due).order_by(c.turn, c.message_id).limit(limit)
        return [message_in(row) for row in await self._session.execute(query)]

    async def asks_nobody(*_: Any, **__: Any) -> bool:
        return True

    async def writes_over(self: NoticeMessages, message: Message, *, by: UUID, content: Any = None) -> bool:
        del by, content
        values = {"state": message.state.value, "why": None, "next_try_at": message.next_try_at}
        still = (notice_messages.c.message_id == message.id, notice_messages.c.state != MessageState.HANDED_OVER.value)
        await self._session.execute(update(notice_messages).where(*still).values(values))
        return True

    NoticeMessages.claim = only_looks  # type: ignore[method-assign]  # it is taken out
    NoticeMessages.begin_data = asks_nobody  # type: ignore[method-assign]  # likewise
    NoticeMessages.finish = writes_over  # type: ignore[method-assign]  # likewise


def _asks_once_for_all() -> None:
    async def believes(*_: Any) -> bool:
        return True

    PrepareMessages.still_holds = believes  # type: ignore[method-assign,assignment]  # it is taken out


MUTANTS: dict[str, Callable[[], None]] = {
    "repeats": _repeats_what_was_not_answered,
    "no-lease": _claims_without_lease,
    "asks-once": _asks_once_for_all,
}
