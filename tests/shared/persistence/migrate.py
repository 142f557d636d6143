"""A process that migrates a database: `python -m tests.shared.persistence.migrate DATABASE_URL [APP_ROLE]`."""

import asyncio
import sys

from shared.persistence.database import Database
from shared.persistence.migrating.app_role import Rights, grant
from shared.persistence.migrating.migrations import migrate

PACKAGE = "tests.shared.persistence.things"


async def run(url: str, role: str | None = None) -> None:
    database = Database(url)
    await migrate(database, PACKAGE, lambda connection: grant(connection, role, Rights()))
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
