"""Databases with the schema of a service: the migrations run once.

On SQLite each test gets a copy of its own, on PostgreSQL the one database of the service, emptied.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.kept_database import KeptDatabase
from tests.servers import PostgresServer


class Templates:
    """What is copied, made when the first test asks for it; `postgres` starts the server then."""

    def __init__(self, folder: Path, postgres: Callable[[], PostgresServer]) -> None:
        self._folder = folder
        self._postgres = postgres
        self._made: set[str] = set()
        self._kept: dict[str, KeptDatabase] = {}
        self._remade = 0

    async def on_sqlite(self, package: str, file: Path) -> str:
        """Make `file` a database of the service and return its address."""
        template = self._folder / f"{package}.db"
        await self._make(f"sqlite+aiosqlite:///{template}", package)
        shutil.copy(template, file)
        return f"sqlite+aiosqlite:///{file}"

    async def on_postgres(self, package: str) -> str:
        """Return the address of a database of the service that is as the migrations left it, until the next test."""
        kept = self._kept.get(package)
        if kept is None or not await kept.clear():
            kept = self._kept[package] = await self._anew(package)
        return kept.url

    async def leave(self) -> None:
        """Close the sessions that keep what the migrations wrote."""
        for kept in self._kept.values():
            await kept.leave()

    async def _anew(self, package: str) -> KeptDatabase:
        server, template, self._remade = self._postgres(), f"template_{package}", self._remade + 1
        if server.url(template) not in self._made:
            server.create_database(template)
        await self._make(server.url(template), package)
        if package in self._kept:
            await self._kept[package].leave()
            server.drop_database(self._kept[package].url.rsplit("/", 1)[1])
        return await KeptDatabase.of(server.create_database(f"{package}_{self._remade}", template=template))

    async def _make(self, url: str, package: str) -> None:
        if url not in self._made:
            database = Database(url)
            await migrate(database, package)
            await database.dispose()
            self._made.add(url)
