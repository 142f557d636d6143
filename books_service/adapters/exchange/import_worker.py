"""Works on imports in the background, wherever it runs: in the worker, or in an application that has none."""

import asyncio

from books_service.application.exchange.run_import import run_import
from books_service.application.ports import Ports
from shared.tasks import happens_within

_LOOKS_EVERY = 0.5  # seconds


async def work_on_imports(ports: Ports, stop: asyncio.Event) -> None:
    """Work on the imports that come, until `stop` is set."""
    while not stop.is_set():
        found = await run_import(
            unit_of_work=lambda: ports.unit_of_work(None), files=ports.files, readers=ports.readers, clock=ports.clock
        )
        if not found:
            await happens_within(stop, _LOOKS_EVERY)
