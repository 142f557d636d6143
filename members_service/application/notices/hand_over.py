"""Hand messages over: each once, or it is on a list that says that nobody knows."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol
from uuid import UUID

from members_service.application.notices.ports import BeginData, NotClaimed
from members_service.application.notices.prepare import Prepared, PrepareMessages
from members_service.application.notices.work import NoticeWork, NoticeWorkFactory
from members_service.domain.notices.kinds import SHOWN_ONCE, TO_ONE_ADDRESS
from members_service.domain.notices.message import (
    PUBLISHED,
    Attempt,
    Message,
    MessageEvent,
    MessageState,
    Outcome,
    Phase,
    Way,
)
from members_service.domain.notices.notice import NoticeState, Why
from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from members_service.persistence.notices.addresses import BOUNCED, is_failing
from members_service.persistence.notices.messages import Content
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.ids import new_id

AT_ONCE = 20
EVERYWHERE = "*"
"""The destination that stands for the mail server, or the gateway, itself."""

_log = logging.getLogger(__name__)
_WAIT = timedelta(minutes=1)
_LONGEST_OF_SERVER, _LONGEST_OF_DOMAIN = timedelta(minutes=10), timedelta(hours=4)


class Carriers(Protocol):
    """Take messages along: a mail server, or a gateway."""

    async def send(self, one: Prepared, settings: NoticeSettings, begin_data: BeginData) -> Attempt:
        """Hand a message over. Raises NotClaimed."""
        ...

    async def rest(self) -> None:
        """Close what is open, until the next message."""
        ...


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hand some messages over, security first and courtesy last; return whether there were any.

    - A message is claimed under a lease. Whoever dies with one leaves it to others: to be tried again if the final dot
      was not about to be sent, else as uncertain, for the server may have it.
    - The last thing before is the question whether it still holds; without an answer messages wait. About one that
      had to wait for its turn, or for a slow server, lending is asked once more.
    - In the mode `shadow` everything is done but the handing over.
    """

    unit_of_work: NoticeWorkFactory
    prepare: PrepareMessages
    carriers: Carriers
    clock: Clock
    zone: tzinfo

    async def __call__(self) -> bool:
        token = new_id()
        await self._take_up_what_was_left()
        async with self.unit_of_work() as uow:
            settings = await uow.notice_settings.current()
            if settings.mode is Mode.OFF:
                return False
            away = await uow.backoffs.until(self.clock.now())
            ways = [way for way in self._ways(settings) if _destination(way, EVERYWHERE) not in away]
            messages = await uow.notice_messages.claim(ways, by=token, now=self.clock.now(), limit=AT_ONCE)
            await uow.commit()
        if not messages:
            return False
        try:
            prepared = await self._prepared(messages, settings, token)
            await self._turn_from_what_fails(prepared)
            for one in prepared:
                try:
                    await self._settle(one, settings, away, token)
                except Exception:  # noqa: BLE001 - whatever it is, the others do not wait for it
                    await self._stumble(one.message, token)
        finally:
            await self.carriers.rest()
        return True

    def _ways(self, settings: NoticeSettings) -> Sequence[Way]:
        """Return the ways that are gone here: letters are printed at a desk, and seen here only in shadow."""
        return tuple(Way) if settings.mode is Mode.SHADOW else (Way.MAIL, Way.PUSH)

    async def _take_up_what_was_left(self) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            lapsed = await uow.notice_messages.lapsed(now, limit=100)
            for one in lapsed:
                one.lapse(now=now)
                if one.state is MessageState.UNCERTAIN:
                    uow.report(MessageEvent(one, now))
                    await uow.notices.forget_secrets(one.id)
            if lapsed:
                await uow.notice_messages.save(lapsed)
                await uow.commit()

    async def _prepared(self, messages: Sequence[Message], settings: NoticeSettings, token: UUID) -> list[Prepared]:
        """Return what would go out; give back what has to wait for an answer of a neighbour."""
        try:
            return await self.prepare(messages, settings)
        except NeighbourUnavailable:
            if len(messages) > 1:  # a code needs no neighbour: it does not wait for what does
                return await self._each_alone(messages, settings, token)
            await self._give_back(messages[0], self.clock.now() + _WAIT, token)
        except Exception:  # noqa: BLE001 - whatever it is, the others go on
            if len(messages) > 1:  # one of them is at fault: the others go out
                return await self._each_alone(messages, settings, token)
            await self._stumble(messages[0], token)
        return []

    async def _each_alone(self, messages: Sequence[Message], settings: NoticeSettings, token: UUID) -> list[Prepared]:
        alone = [await self._prepared([one], settings, token) for one in messages]
        return [one for each in alone for one in each]

    async def _turn_from_what_fails(self, prepared: Sequence[Prepared]) -> None:
        """Let what would go to an address to which nothing goes any more, since this was made, go another way."""
        going = [one for one in prepared if one.address and one.message.group not in TO_ONE_ADDRESS]
        if not going:
            return
        async with self.unit_of_work() as uow:
            fails = await uow.suppressions.among({one.address for one in going if one.address})
        for one in going:
            if is_failing(fails.get(one.address or ""), one.message.notice_class):
                one.go_another_way()

    async def _stumble(self, message: Message, token: UUID) -> None:
        """Give back a message over which something broke, for a while that grows; it fails after some days."""
        _log.exception("the message %s could not be handed over", message.id)
        message.stumble(now=self.clock.now())
        async with self.unit_of_work() as uow:
            if await uow.notice_messages.finish(message, by=token) and message.state is not MessageState.READY:
                await uow.notices.forget_secrets(message.id)
            await uow.commit()

    async def _settle(self, one: Prepared, settings: NoticeSettings, away: dict[str, datetime], token: UUID) -> None:
        message, now = one.message, self.clock.now()
        modes = {settings.mode_of(kind) for kind in message.kinds}
        stale = settings.mode is Mode.ON and settings.is_stale(message.made_at)
        if one.wait_until is not None:
            await self._give_back(message, one.wait_until, token)
        elif one.rendered is None or modes == {Mode.OFF} or stale:
            why = one.why or (Why.TOO_LATE if stale else Why.KIND_OFF)
            await self._end(one, MessageState.DROPPED, why, token)
        elif Mode.SHADOW in modes:
            await self._end(one, MessageState.SHADOW, None, token, content=_content(one))
        elif (until := self._not_now(one, settings, now) or away.get(_destination_of(one))) is not None:
            await self._give_back(message, until, token)
        else:
            await self._send(one, settings, token)

    def _not_now(self, one: Prepared, settings: NoticeSettings, now: datetime) -> datetime | None:
        """Return when the quiet hours end: in them no telephone rings, by the clock of the branch."""
        if one.message.way is not Way.PUSH or settings.quiet_hours is None:
            return None
        return settings.quiet_hours.end_of(now.astimezone(one.zone or self.zone))

    async def _send(self, one: Prepared, settings: NoticeSettings, token: UUID) -> None:
        content, pause = _content(one), timedelta(0)

        async def begin_data() -> bool:
            nonlocal pause
            try:
                if not await self.prepare.still_holds(one):
                    return False
            except NeighbourUnavailable:
                pause = _WAIT
                return False
            async with self.unit_of_work() as uow:
                begun = await uow.notice_messages.begin_data(one.message, content, by=token, now=self.clock.now())
                if begun:  # from here on nobody may be left who knows what the message does not say
                    await uow.notices.save(one.ended)
                await uow.commit()
            if begun:
                one.message.phase = Phase.DATA
            return begun

        try:
            attempt = await self.carriers.send(one, settings, begin_data)
        except NotClaimed:
            await self._give_back(one.message, self.clock.now() + pause, token)
            return
        await self._note(one, attempt, token)

    async def _note(self, one: Prepared, attempt: Attempt, token: UUID) -> None:
        message, now = one.message, self.clock.now()
        message.note(attempt, now=now)
        async with self.unit_of_work() as uow:
            if not await uow.notice_messages.finish(message, by=token):
                return
            await uow.notice_messages.note_attempt(message.id, attempt, now=now)
            await _note_destination(one, attempt, uow, now)
            if attempt.outcome is Outcome.BAD_ADDRESS:
                await go_another_way(one.message, one.address, uow=uow, status=str(attempt.code), now=now)
            if message.state in PUBLISHED:
                uow.report(MessageEvent(message, now))
            if message.state is not MessageState.READY:
                await uow.notices.save(one.ended)
                await uow.notices.forget_secrets(message.id)
            await uow.commit()

    async def _end(
        self, one: Prepared, state: MessageState, why: Why | None, token: UUID, *, content: Content | None = None
    ) -> None:
        one.message.end(state, why, now=self.clock.now())
        async with self.unit_of_work() as uow:
            if await uow.notice_messages.finish(one.message, by=token, content=content):
                if state is MessageState.DROPPED:
                    for notice in one.notices:
                        notice.end(NoticeState.OBSOLETE, why or Why.OVER)
                    one.ended.extend(one.notices)
                await uow.notices.save(one.ended)
                await uow.notices.forget_secrets(one.message.id)
                await uow.commit()

    async def _give_back(self, message: Message, until: datetime, token: UUID) -> None:
        message.wait(until=until, now=self.clock.now())
        async with self.unit_of_work() as uow:
            await uow.notice_messages.finish(message, by=token)
            await uow.commit()


async def go_another_way(
    message: Message, address: str | None, *, uow: NoticeWork, status: str | None, now: datetime
) -> bool:
    """Send nothing to this address any more, and let what was in the message find its next way.

    Return whether it does: a code, or a warning to the owner of an account, was for this address alone.
    """
    if address is not None:
        await uow.suppressions.add(address, reason=BOUNCED, status=status, now=now)
    notices = await uow.notices.of_messages([message.id])
    goes = message.group not in TO_ONE_ADDRESS
    for one in notices:
        if goes:
            one.state, one.message_id = NoticeState.PENDING, None
        else:
            one.end(NoticeState.UNREACHABLE, Why.ADDRESS_FAILS)
    await uow.notices.save(notices)
    return goes


async def _note_destination(one: Prepared, attempt: Attempt, uow: NoticeWork, now: datetime) -> None:
    server = _destination(one.message.way, EVERYWHERE)
    if attempt.is_about_server:
        await uow.backoffs.note_failure(server, now=now, longest=_LONGEST_OF_SERVER)
    elif attempt.outcome is Outcome.DEFERRED:
        await uow.backoffs.note_failure(_destination_of(one), now=now, longest=_LONGEST_OF_DOMAIN)
    elif attempt.outcome is Outcome.ACCEPTED:
        await uow.backoffs.clear(server)
        await uow.backoffs.clear(_destination_of(one))


def _destination_of(one: Prepared) -> str:
    return _destination(one.message.way, (one.address or "").rpartition("@")[2].casefold())


def _destination(way: Way, domain: str) -> str:
    return f"{way.value}:{domain}" if way is Way.MAIL else f"{way.value}:{EVERYWHERE}"


def _content(one: Prepared) -> Content:
    rendered = one.rendered
    if rendered is None:
        raise ValueError("nothing was put into words")
    if SHOWN_ONCE.intersection(one.message.kinds):
        return Content("", None, None, one.address)
    return Content(rendered.text, rendered.subject, rendered.html, one.address)
