"""Everything encrypted and verified: databases, broker, services; and nothing of it is answered in plain."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.authority import Authority
from tests.encrypted_servers import EncryptedPostgres, EncryptedRabbit
from tests.end_to_end.encrypted import EncryptedLibrary
from tests.end_to_end.library import done, eventually


@pytest.fixture(scope="module")
async def library(
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    encrypted_postgres: EncryptedPostgres,
    encrypted_rabbit: EncryptedRabbit,
) -> AsyncIterator[EncryptedLibrary]:
    folder: Path = tmp_path_factory.mktemp("encrypted")
    async with EncryptedLibrary(folder, authority, encrypted_postgres, encrypted_rabbit) as found:
        yield found


async def test_a_copy_is_lent_seen_away_and_returned(library: EncryptedLibrary) -> None:
    (copy,), member = await library.shelve(), await library.enrol()

    async def is_lent() -> bool:  # on a busy machine a neighbour may be late once
        return (await library.check_out(copy, member, key="one loan")).status_code == 201

    await eventually(is_lent)
    away = await library.shows(copy, "on_loan")
    returned = done(await library.give_back(copy))
    back = await library.shows(copy, "available")

    assert (copy.copy_id, copy.copy_id) == (away["copy_id"], back["copy_id"])
    assert "returned" == returned["status"]


async def test_every_process_is_ready_over_https_and_silent_in_plain(library: EncryptedLibrary) -> None:
    ports = [*library.ports.values(), *library.relay_ports.values()]

    for port in ports:
        ready = await library.http.get(f"https://127.0.0.1:{port}/health/ready")
        assert (200, "ready") == (ready.status_code, ready.json()["status"])
        with pytest.raises(httpx.TransportError):
            await library.http.get(f"http://127.0.0.1:{port}/health/ready")


async def test_no_connection_to_the_databases_is_in_plain(
    library: EncryptedLibrary, encrypted_postgres: EncryptedPostgres
) -> None:
    seen = "SELECT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname LIKE 'encrypted_%'"
    mine = await asyncpg.connect(encrypted_postgres.url().replace("+asyncpg", ""))
    try:
        rows = await mine.fetch(seen)
    finally:
        await mine.close()

    assert len(rows) >= 6
    assert {True} == {row["ssl"] for row in rows}
