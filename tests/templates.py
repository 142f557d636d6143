"""Databases with the schema of a service: the migrations run once, and each test gets a copy of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path

from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.servers import PostgresServer


class Templates:
    """What is copied, made when the first test asks for it; `postgres` starts the server then."""

    def __init__(self, folder: Path, postgres: Callable[[], PostgresServer]) -> None:
        self._folder = folder
        self._postgres = postgres
        self._made: set[str] = set()

    async def on_sqlite(self, package: str, file: Path) -> str:
        """Make `file` a database of the service and return its address."""
        template = self._folder / f"{package}.db"
        await self._make(f"sqlite+aiosqlite:///{template}", package)
        shutil.copy(template, file)
        return f"sqlite+aiosqlite:///{file}"

    async def on_postgres(self, package: str, name: str) -> str:
        """Make a database of the service and return its address."""
        server, template = self._postgres(), f"template_{package}"
        if server.url(template) not in self._made:
            server.create_database(template)
        await self._make(server.url(template), package)
        return server.create_database(name, template=template)

    async def _make(self, url: str, package: str) -> None:
        if url not in self._made:
            database = Database(url)
            await migrate(database, package)
            await database.dispose()
            self._made.add(url)
