"""Write the letters that a desk is to print: in the background, where lending may be asked what still holds."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from members_service.application.notices.letters.work import LetterWork, LetterWorkFactory
from members_service.application.notices.prepare import Prepared, PrepareMessages
from members_service.domain.membership.personal_details import Address
from members_service.domain.notices.letters import LetterBatch, Sender
from members_service.domain.notices.message import Message, MessageState
from members_service.domain.notices.notice import NoticeState, Why
from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from members_service.persistence.notices.messages import Content
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.ids import new_id

MOST_LETTERS = 300
_log = logging.getLogger(__name__)
_WAIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PrepareLetters:
    """Write the letters of the oldest batch that waits for it; return whether there was one.

    - What does not hold any more is dropped, and what must wait waits for another batch.
    - Letters go out in the mode `on` alone; in `shadow` they are only shown as messages.
    - Without an answer of lending the batch waits, and its letters, too.
    """

    unit_of_work: LetterWorkFactory
    prepare: PrepareMessages
    clock: Clock

    async def __call__(self) -> bool:
        token, now = new_id(), self.clock.now()
        async with self.unit_of_work() as uow:
            batch = await uow.letter_batches.claim(now=now)
            if batch is None:
                return False
            settings = await uow.notice_settings.current()
            messages: list[Message] = []
            if settings.mode is Mode.ON:
                claim = uow.notice_messages.claim_letters
                messages = await claim(batch.branch, by=token, now=now, limit=MOST_LETTERS)
            await uow.commit()
        try:
            prepared = await self._prepared(messages, settings, token)
        except NeighbourUnavailable:
            await self._give_back(messages, token)
            async with self.unit_of_work() as uow:
                await uow.letter_batches.wait(batch.batch_id, claimed_at=now, until=self.clock.now() + _WAIT)
                await uow.commit()
            return True
        sender = await self._sender(batch.branch, settings)
        if not await self._finish(batch, prepared, sender, settings, token, claimed_at=now):
            await self._give_back(messages, token)
        return True

    async def _prepared(self, messages: Sequence[Message], settings: NoticeSettings, token: UUID) -> list[Prepared]:
        """Return what would be printed; give back a letter over which something broke. Raises NeighbourUnavailable."""
        if not messages:
            return []
        try:
            return await self.prepare(messages, settings)
        except NeighbourUnavailable:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the others go on
            if len(messages) > 1:  # one of them is at fault: the others are printed
                alone = [await self._prepared([one], settings, token) for one in messages]
                return [one for each in alone for one in each]
            _log.exception("the letter %s could not be written", messages[0].id)
        messages[0].stumble(now=self.clock.now())
        async with self.unit_of_work() as uow:
            await uow.notice_messages.finish(messages[0], by=token)
            await uow.commit()
        return []

    async def _finish(
        self,
        batch: LetterBatch,
        prepared: Sequence[Prepared],
        sender: Sender,
        settings: NoticeSettings,
        token: UUID,
        *,
        claimed_at: datetime,
    ) -> bool:
        """Return whether the batch was still ours; else nothing has changed."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            in_order = sorted(prepared, key=_postal_code)
            printed = [one.message.id for one in in_order if await self._settle(one, settings, uow, token, now)]
            finish = uow.letter_batches.finish
            ours = await finish(batch.batch_id, printed, sender, claimed_at=claimed_at, now=now)
            if ours:
                await uow.commit()
        return ours

    async def _settle(
        self, one: Prepared, settings: NoticeSettings, uow: LetterWork, token: UUID, now: datetime
    ) -> bool:
        """Decide what becomes of a letter; return whether it is printed."""
        message, content = one.message, None
        modes = {settings.mode_of(kind) for kind in message.kinds}
        if one.wait_until is not None:
            message.wait(until=one.wait_until, now=now)
        elif one.rendered is None or modes == {Mode.OFF} or settings.is_stale(message.made_at):
            why = one.why or (Why.KIND_OFF if modes == {Mode.OFF} else Why.TOO_LATE)
            message.end(MessageState.DROPPED, why, now=now)
            for notice in one.notices:
                notice.end(NoticeState.OBSOLETE, why)
            one.ended.extend(one.notices)
        else:
            address = "\n".join(address_lines(one))
            content = Content(one.rendered.text, one.rendered.subject, None, address)
            state = MessageState.SHADOW if Mode.SHADOW in modes else MessageState.PRINTED
            message.end(state, None, now=now)
        if not await uow.notice_messages.finish(message, by=token, content=content):
            return False
        await uow.notices.save(one.ended)
        if message.state is not MessageState.READY:
            await uow.notices.forget_secrets(message.id)
        return message.state is MessageState.PRINTED

    async def _sender(self, branch: str | None, settings: NoticeSettings) -> Sender:
        """Return who sends the letters of a branch; its address is left out where the catalogue does not answer."""
        try:
            places = await self.prepare.catalogue.branches() if branch else {}
        except NeighbourUnavailable:
            places = {}
        place = places.get((branch or "").upper())
        if place is None:
            return Sender(settings.library_name)
        address = (place.address or "").splitlines()
        line = " · ".join(part.strip() for part in (settings.library_name, *address) if part.strip())
        return Sender(line, tuple(part for part in (place.name, *address, place.phone, place.mail) if part))

    async def _give_back(self, messages: Iterable[Message], token: UUID) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            for message in messages:
                message.wait(until=now + _WAIT, now=now)
                await uow.notice_messages.finish(message, by=token)
            await uow.commit()


def address_lines(one: Prepared) -> tuple[str, ...]:
    """Return the lines of the address: the name, and where the reader lives."""
    if one.recipient is None:
        return ()
    address = one.recipient.address or Address()
    place = " ".join(part for part in (address.postal_code, address.city) if part)
    lines = [one.recipient.name, *(address.street or "").splitlines(), place, (address.country or "").upper()]
    return tuple(line.strip() for line in lines if line.strip())


def _postal_code(one: Prepared) -> tuple[str, str]:
    address = one.recipient.address if one.recipient else None
    return (address.postal_code or "", address.city or "") if address else ("", "")
