"""A process that migrates a database: `python -m tests.shared.persistence.migrate DATABASE_URL`."""

import asyncio
import sys

from shared.persistence.database import Database
from shared.persistence.migrations import migrate

PACKAGE = "tests.shared.persistence.things"


async def run(url: str) -> None:
    database = Database(url)
    await migrate(database, PACKAGE)
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
