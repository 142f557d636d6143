"""The database as asyncpg gives it: prepared statements kept per connection, and the same timeouts as the services."""

from datetime import UTC, datetime

import asyncpg

_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "5000",
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "10000",
}


async def open_pool(url: str, *, size: int = 10) -> asyncpg.Pool:
    """Open `size` connections; nothing is reset between two users, because nobody here leaves anything behind."""
    return await asyncpg.create_pool(
        url, min_size=size, max_size=size, timeout=5, command_timeout=30, server_settings=_SETTINGS, reset=_nothing
    )


async def _nothing(connection: object) -> None: ...


def now() -> datetime:
    return datetime.now(UTC)


def spelt(moment: datetime) -> str:
    """Return a moment as the contract writes it."""
    return moment.isoformat().replace("+00:00", "Z")
