"""The library in its production gear, with PgBouncer in transaction mode between the services and PostgreSQL."""

import asyncio

from tests.end_to_end.gears import ProductionLibrary
from tests.pooler import PgBouncer

BOUNDS = {"statement_timeout": "5s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s"}
"""What a service tells its sessions by itself; a pooler passes none of it on, so that the role has to bring it."""


class PooledLibrary(ProductionLibrary):
    """Everything that serves goes through the pooler; relays lead, and owners migrate, past it."""

    def __init__(self) -> None:
        super().__init__()
        self.pooler = PgBouncer(self.postgres, self.services)

    def environment(self, service: str) -> dict[str, str]:
        prefix = f"{service.upper()}_DATABASE"
        through, direct = self.pooler.url(service, role=service), self.postgres.url(service, role=service)
        return super().environment(service) | {f"{prefix}_URL": through, f"{prefix}_DIRECT_URL": direct}

    async def _prepare_databases(self) -> None:
        await asyncio.to_thread(self.pooler.start)
        await super()._prepare_databases()

    def _migrate(self, service: str) -> None:
        super()._migrate(service)
        asyncio.run(self._bound(service))

    async def _bound(self, service: str) -> None:
        connection = await self.database(service)
        try:
            for name, value in BOUNDS.items():
                await connection.execute(f"ALTER ROLE {service} SET {name} = '{value}'")
        finally:
            await connection.close()

    async def sessions_of_the_pooler(self) -> set[int]:
        """Return the ports from which the pooler has connected to PostgreSQL."""
        servers = await asyncio.to_thread(self.pooler.console, "SHOW SERVERS")
        return {int(server["local_port"]) for server in servers}

    async def forget_sessions(self) -> None:
        """Let the pooler begin new sessions at PostgreSQL with the next transactions."""
        await asyncio.to_thread(self.pooler.console, "RECONNECT")

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await asyncio.to_thread(self.pooler.close)
