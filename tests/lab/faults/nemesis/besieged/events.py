"""A queue that sees every event of every service, and is looked into at the end."""

import aio_pika

from tests.end_to_end.witness import EXCHANGE, QUEUE, Seen, Witness, read


class EveryEvent(Witness):
    """A witness of all events. Nothing is done to its queue: what is not in it never reached the broker."""

    pattern = "#"

    async def all(self) -> list[Seen]:
        """Take all there is from the queue, and return what was ever seen, in the order of the queue."""
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=1000)
            queue = await channel.get_queue(QUEUE, ensure=False)
            left = (await channel.declare_queue(QUEUE, passive=True)).declaration_result.message_count or 0
            if left:
                async with queue.iterator(no_ack=True, timeout=20) as messages:
                    async for message in messages:
                        self.seen.append(read(message))
                        left -= 1
                        if left == 0:
                            break
        return self.seen


__all__ = ["EXCHANGE", "EveryEvent", "Seen"]
