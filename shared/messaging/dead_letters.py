"""Events that a listener could not handle in six tries: look at them, hand them over once more, or drop them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from shared.messaging.envelope import Incoming, UnreadableMessage, parse
from shared.tls import verifying

_MOST = 1000  # letters that are taken from a queue at once
_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that its listener could not handle. `event` is None when it cannot be parsed."""

    listener: str
    body: bytes
    event: Incoming | None

    @property
    def id(self) -> str:
        """The id of its event; empty when it cannot be parsed."""
        return "" if self.event is None else self.event.id


Decision = Callable[[DeadLetter], Awaitable[bool]]
"""Returns whether a letter is done with and can be dropped."""


async def go_through(url: str, listener: str, decide: Decision, *, ca_file: Path | None = None) -> list[DeadLetter]:
    """Pass each dead letter of a listener to `decide`, oldest first, and drop those for which it returns True.

    Returns all of them, up to a thousand. Raises OSError when the broker does not answer.
    """
    from aio_pika.exceptions import AMQPError  # noqa: PLC0415 - who only serves has no use for aio-pika

    try:
        return await _gone_through(url, listener, decide, ca_file)
    except AMQPError as error:
        raise ConnectionError(str(error)) from error


async def _gone_through(url: str, listener: str, decide: Decision, ca_file: Path | None) -> list[DeadLetter]:
    import aio_pika  # noqa: PLC0415 - as above
    from aio_pika.abc import AbstractIncomingMessage  # noqa: PLC0415 - as above
    from aio_pika.exceptions import ChannelNotFoundEntity  # noqa: PLC0415 - as above

    context = verifying(ca_file) if url.startswith("amqps:") else None
    connection = await aio_pika.connect(url, timeout=_TIMEOUT, ssl_context=context)
    async with connection, connection.channel() as channel:
        try:
            queue = await channel.declare_queue(f"{listener}.dead", passive=True)
        except ChannelNotFoundEntity:  # the listener has never run
            return []
        returned: list[AbstractIncomingMessage] = []
        found: list[DeadLetter] = []
        while len(found) < _MOST and (message := await queue.get(fail=False, timeout=_TIMEOUT)) is not None:
            letter = _letter(listener, message.body)
            found.append(letter)
            if await decide(letter):
                await message.ack()
            else:
                returned.append(message)
        for message in returned:  # in their order, since each is requeued behind the one before
            await message.nack(requeue=True)
        return found


def _letter(listener: str, body: bytes) -> DeadLetter:
    try:
        return DeadLetter(listener, body, parse(body))
    except UnreadableMessage:
        return DeadLetter(listener, body, None)
