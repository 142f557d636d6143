"""How the connection to PostgreSQL is encrypted, and with whom it is spoken."""

from pathlib import Path

import pytest
from sqlalchemy import text

from shared.kernel.errors import Unavailable
from shared.persistence.database import Database
from tests.authority import Authority
from tests.encrypted_servers import EncryptedPostgres
from tests.servers import PostgresServer
from tests.shared.persistence.counting import fails


async def _encrypted(url: str, ca_file: Path | None) -> str:
    """Return the version of TLS that the server sees on our connection."""
    database = Database(url, ca_file=ca_file)
    try:
        version = (await database.first(text("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")))[0]
    finally:
        await database.dispose()
    return str(version)


async def _refusal(url: str, ca_file: Path | None) -> str:
    database = Database(url, ca_file=ca_file)
    error = await fails(database.ping())
    await database.dispose()
    assert isinstance(error, Unavailable)
    return str(error.__cause__)


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_a_server_that_proves_who_it_is_is_spoken_to_encrypted(
    mode: str, encrypted_postgres: EncryptedPostgres, authority: Authority
) -> None:
    assert "TLSv1.3" == await _encrypted(f"{encrypted_postgres.url()}?ssl={mode}", authority.file)


async def test_a_server_that_wants_encryption_lets_nobody_in_without(
    encrypted_postgres: EncryptedPostgres, authority: Authority
) -> None:
    assert "no encryption" in await _refusal(f"{encrypted_postgres.url()}?ssl=disable", authority.file)


@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_a_server_without_encryption_is_not_spoken_to(
    mode: str, postgres_server: PostgresServer, authority: Authority
) -> None:
    assert "rejected SSL upgrade" in await _refusal(f"{postgres_server.url()}?ssl={mode}", authority.file)


async def test_a_server_under_another_name_is_refused_where_the_name_counts(
    encrypted_postgres: EncryptedPostgres, authority: Authority
) -> None:
    by_name = encrypted_postgres.url().replace("127.0.0.1", "localhost")

    assert "Hostname mismatch" in await _refusal(f"{by_name}?ssl=verify-full", authority.file)
    assert "TLSv1.3" == await _encrypted(f"{by_name}?ssl=verify-ca", authority.file)


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
async def test_an_authority_that_nobody_trusts_is_refused(
    mode: str, encrypted_postgres: EncryptedPostgres, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path)

    assert "CERTIFICATE_VERIFY_FAILED" in await _refusal(f"{encrypted_postgres.url()}?ssl={mode}", stranger.file)


async def test_only_the_authorities_of_the_system_are_trusted_unless_another_is_named(
    encrypted_postgres: EncryptedPostgres,
) -> None:
    assert "CERTIFICATE_VERIFY_FAILED" in await _refusal(f"{encrypted_postgres.url()}?ssl=verify-full", None)


async def test_a_certificate_that_has_expired_is_refused(
    encrypted_postgres: EncryptedPostgres, authority: Authority
) -> None:
    encrypted_postgres.stop()
    encrypted_postgres.show(authority.issue("127.0.0.1", file="old", expired=True))
    encrypted_postgres.start()
    try:
        assert "certificate has expired" in await _refusal(
            f"{encrypted_postgres.url()}?ssl=verify-full", authority.file
        )
    finally:
        encrypted_postgres.stop()
        encrypted_postgres.show(authority.issue("127.0.0.1", file="postgres"))
        encrypted_postgres.start()
