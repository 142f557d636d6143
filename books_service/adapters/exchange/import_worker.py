"""Works on imports in the background, wherever it runs: in the worker, or in an application that has none."""

import asyncio

from books_service.application.exchange.run_import import RunImport
from shared.tasks import happens_within

_LOOKS_EVERY = 0.5  # seconds


async def work_on_imports(run_import: RunImport, stop: asyncio.Event) -> None:
    """Work on the imports that come, until `stop` is set."""
    while not stop.is_set():
        if not await run_import():
            await happens_within(stop, _LOOKS_EVERY)
