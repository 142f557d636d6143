"""Lets a listener choose which of its types it hears, at the start and again every few seconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.messaging.bus import CHOOSES_EVERY, Listener, Subscription
from shared.persistence.database import is_away
from shared.tasks import every


@asynccontextmanager
async def choosing(
    listener: Listener, subscription: Subscription, ended: asyncio.Event, *passing: type[Exception]
) -> AsyncIterator[None]:
    """Let it choose for as long as the block runs and `ended` is not set; `passing`: failures that come and go."""
    choose = listener.choose
    if choose is None:
        yield
        return

    async def once() -> None:
        await choose(subscription)

    def comes_back(error: Exception) -> bool:
        return isinstance(error, passing) or is_away(error)

    name = f"choosing of {listener.name}"
    task = asyncio.create_task(every(CHOOSES_EVERY, once, stop=ended, name=name, is_away=comes_back))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
