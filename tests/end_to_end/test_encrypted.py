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

    answers: list[httpx.Response] = []

    async def is_answered() -> bool:  # on a busy machine a neighbour may be late once
        answers.append(await library.check_out(copy, member, key="one-loan"))
        return answers[-1].status_code != 503

    await eventually(is_answered)
    lent = done(answers[-1])
    away = await library.shows(copy, "on_loan")
    returned = done(await library.give_back(copy))
    back = await library.shows(copy, "available")

    assert (copy.copy_id, copy.copy_id) == (away["copy_id"], back["copy_id"])
    assert lent["loan_id"] == returned["loan"]["loan_id"]


async def test_every_process_is_ready_over_https_and_silent_in_plain(library: EncryptedLibrary) -> None:
    ports = [*library.ports.values(), *library.relay_ports.values()]

    for port in ports:
        ready = await library.http.get(f"https://127.0.0.1:{port}/health/ready")
        assert (200, "ready") == (ready.status_code, ready.json()["status"])
        with pytest.raises(httpx.TransportError):
            await library.http.get(f"http://127.0.0.1:{port}/health/ready")


async def test_relays_run_without_the_keys_and_secrets_of_the_web(library: EncryptedLibrary) -> None:
    relays = [process for name, process in library.processes.items() if name.endswith("relay")]
    told = set().union(*(process.environment for process in relays))

    assert [True] * 3 == [process.runs for process in relays]
    assert set() == told & {"MEMBERS_SIGNING_KEYS_FILE", "MEMBERS_CLIENTS"}


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
