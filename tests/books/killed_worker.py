"""Works on imports until it is killed: `python -m tests.books.killed_worker`, with the service's own settings."""

import asyncio

from books_service.settings import Settings
from books_service.wiring.commands import opened
from shared.configuration import load
from shared.tasks import work_off


async def _main() -> None:
    async with opened(load(Settings)) as ports:
        await work_off(ports.exchange.run_import, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_main())
