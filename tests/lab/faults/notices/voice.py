"""How members learns what happened: by the events of loans, over the broker, and by what it does itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import ChannelNotFoundEntity

from members_service.domain.notices.notice import Occurrence
from members_service.listeners.loan_events import NAME as QUEUE
from shared.kernel.ids import new_id
from shared.kernel.receipts import UnitOfWorkFactory
from shared.messaging.bus import EXCHANGE
from shared.messaging.envelope import CONTENT_TYPE, cloud_event, encode
from shared.persistence.outbox import Message, OutboxRow
from tests.end_to_end.library import eventually


class Voice:
    """Publishes as the relay of loans does, with the broker's confirm."""

    def __init__(self, url: str, unit_of_work: UnitOfWorkFactory[Any]) -> None:
        self._url = url
        self._unit_of_work = unit_of_work
        self._exchange: AbstractExchange | None = None
        self._sequence = 0

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect(self._url)
        await eventually(self._is_heard)
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        self._exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        self._queues = channel
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def _is_heard(self) -> bool:
        """Tell whether members listens by now, to all that the settings want."""
        try:
            async with self._connection.channel() as channel:
                declared = await channel.declare_queue(QUEUE, passive=True)
        except ChannelNotFoundEntity:
            return False
        async with self._unit_of_work() as uow:
            noted = (await uow.notice_settings.current()).noted_since is not None
        return noted and bool(declared.declaration_result.consumer_count)

    async def waiting(self) -> int:
        """Return how many events wait to be taken."""
        declared = await self._queues.declare_queue(QUEUE, passive=True)
        return declared.declaration_result.message_count or 0

    async def event(
        self, type_: str, subject: UUID, data: Mapping[str, Any], at: datetime, *, id: UUID | None = None
    ) -> None:
        """Publish an event of loans."""
        assert self._exchange is not None
        self._sequence += 1
        row = OutboxRow(self._sequence, id or new_id(), Message(type_, str(subject), at, data), None, None)
        body = encode(cloud_event(row, source="/loans"))
        kept = aio_pika.DeliveryMode.PERSISTENT
        message = aio_pika.Message(body, message_id=str(row.event_id), content_type=CONTENT_TYPE, delivery_mode=kept)
        await self._exchange.publish(message, routing_key=type_, mandatory=True, timeout=30)

    async def tell(self, occurrence: Occurrence) -> None:
        """Note what members is to tell of itself."""
        async with self._unit_of_work() as uow:
            uow.notify(occurrence)
            await uow.commit()
