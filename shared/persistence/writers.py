"""Whoever wants to write into an SQLite file waits, within a process, in the order of coming.

SQLite lets one transaction write at a time. Its own way of waiting is to look again after a pause that grows, so that
who has waited longest looks most seldom, and may wait for seconds while others come and go. Only other processes meet
it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from shared.kernel.errors import Unavailable

LONGEST_WAIT = 5.0  # seconds, as other processes wait

_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()


class Writers:
    """The queue of those who write into one file; `file` is None for a database that nobody else can see."""

    def __init__(self, file: str | None) -> None:
        self._name = file or f"in memory {id(self)}"

    async def take_turn(self) -> asyncio.Lock:
        """Wait for one's turn, and return what is to be released after it. Raises Unavailable when it does not come."""
        turn = _queues.setdefault(asyncio.get_running_loop(), {}).setdefault(self._name, asyncio.Lock())
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await turn.acquire()
        except TimeoutError as error:
            raise Unavailable("The database is busy; nothing was changed. Repeat the request in a moment.") from error
        return turn

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn; it lasts as long as the block."""
        turn = await self.take_turn()
        try:
            yield
        finally:
            turn.release()
