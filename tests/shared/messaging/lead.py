"""A process that leads a database until it is killed: `python -m tests.shared.messaging.lead DATABASE_URL`."""

import asyncio
import sys

from shared.messaging.leadership import leadership
from shared.persistence.database import Database


async def lead(url: str) -> None:
    async with leadership(Database(url)) as connect:
        print("follows" if connect is None else "leads", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(lead(sys.argv[1]))
