"""The database server of a measurement, and the processes under which a server's work is done."""

from collections.abc import Iterable
from pathlib import Path

import asyncpg

from tests.servers import PostgresServer, Server

_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class DurablePostgres(PostgresServer):
    """PostgreSQL that keeps every commit through a power cut."""

    def commands(self) -> list[list[str | Path]]:
        (server,) = super().commands()
        return [[*server, *(f"--{setting}=on" for setting in _DURABLE)]]


def roots(server: Server) -> tuple[int, ...]:
    """Return the ids of the processes that the server was started as."""
    return tuple(process.pid for process in server._processes)


async def analyse(addresses: Iterable[str]) -> None:
    """Let the server look at what the tables of these databases hold now, as it does by itself within a minute."""
    for address in addresses:
        connection = await asyncpg.connect(address)
        try:
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
