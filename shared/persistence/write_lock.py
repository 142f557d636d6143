"""The write lock of an SQLite file: within a process, writers wait in the order in which they came.

SQLite allows one write transaction at a time. It waits by polling with growing pauses, so that the longest waiter polls
least often, and may wait for seconds while others come and go. Only writers of different processes depend on that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from shared.kernel.errors import Unavailable

LONGEST_WAIT = 5.0  # seconds, as long as between processes

_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()


class WriteLock:
    """The lock of one file; `file` is None for a database in memory, which nothing else can open."""

    def __init__(self, file: str | None) -> None:
        self._name = file or f"in memory {id(self)}"

    async def acquire(self) -> asyncio.Lock:
        """Acquire the lock, and return it for its release. Raises Unavailable after LONGEST_WAIT."""
        lock = _locks.setdefault(asyncio.get_running_loop(), {}).setdefault(self._name, asyncio.Lock())
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await lock.acquire()
        except TimeoutError as error:
            raise Unavailable("The database is busy; nothing was changed. Repeat the request in a moment.") from error
        return lock

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold the lock inside the block."""
        lock = await self.acquire()
        try:
            yield
        finally:
            lock.release()
