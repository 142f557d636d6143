"""Databases with the schema of a service: the migrations run once.

One database of each kind is kept for the service and emptied before each test; on SQLite a test may have more copies.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.kept_database import Kept, KeptDatabase, KeptFile
from tests.servers import PostgresServer


def no_server() -> PostgresServer:
    """Stand for the server where everything is on SQLite."""
    raise AssertionError("PostgreSQL was asked for where everything is on SQLite")


class Templates:
    """What is copied, made when the first test asks for it; `postgres` starts the server then."""

    def __init__(self, folder: Path, postgres: Callable[[], PostgresServer] = no_server) -> None:
        self._folder = folder
        self._postgres = postgres
        self._made: set[str] = set()
        self._kept: dict[tuple[str, str], Kept] = {}
        self._remade = 0

    async def on_sqlite(self, package: str, file: Path) -> str:
        """Make `file` a database of the service and return its address."""
        template = self._folder / f"{package}.db"
        await self._make(f"sqlite+aiosqlite:///{template}", package)
        shutil.copy(template, file)
        return f"sqlite+aiosqlite:///{file}"

    async def kept(self, kind: str, package: str) -> Kept:
        """Return the service's database on "sqlite" or "postgres" as the migrations left it, until the next test."""
        kept = self._kept.get((kind, package))
        if kept is None or not await kept.clear():
            if kept is not None:
                await kept.leave()
            self._remade += 1
            kept = await (self._file(package) if kind == "sqlite" else self._database(package))
            self._kept[kind, package] = kept
        return kept

    async def leave(self) -> None:
        """Close what is kept."""
        for kept in self._kept.values():
            await kept.leave()

    async def _file(self, package: str) -> KeptFile:
        file = self._folder / f"{package}_{self._remade}.db"
        await self.on_sqlite(package, file)
        return KeptFile(file)

    async def _database(self, package: str) -> KeptDatabase:
        server, template = self._postgres(), f"template_{package}"
        if server.url(template) not in self._made:
            server.create_database(template)
        await self._make(server.url(template), package)
        return await KeptDatabase.of(server.create_database(f"{package}_{self._remade}", template=template))

    async def _make(self, url: str, package: str) -> None:
        if url not in self._made:
            database = Database(url)
            await migrate(database, package)
            await database.dispose()
            self._made.add(url)
