"""Whom the chart's own PostgreSQL lets do what: one role owns and migrates, one serves, neither is more than that."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.deploy.bundled import BundledPostgres
from tests.deploy.operators import containers
from tests.ports import HOST, quiet_ports
from tests.servers import Server

Documents = list[dict[str, Any]]


@pytest.fixture(scope="module")
def server(plain: Documents) -> Iterator[BundledPostgres]:
    with BundledPostgres(plain, "books") as server:
        server.make_roles()
        yield server


async def entered(server: BundledPostgres, user: str, password: str, database: str = "books") -> asyncpg.Connection:
    return await asyncpg.connect(
        host=HOST, port=server.port, user=user, password=password, database=database, ssl=False, timeout=30
    )


async def test_the_owner_makes_tables_and_extensions_and_the_application_reads_what_it_is_given(
    server: BundledPostgres,
) -> None:
    owner = await entered(server, "books_owner", server.password("owner"))
    served = await entered(server, "books", server.password("user"))

    await owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await owner.execute("CREATE TABLE shelf (number int); GRANT SELECT, INSERT ON shelf TO books")
    await served.execute("INSERT INTO shelf VALUES (7)")

    assert await served.fetchval("SELECT number FROM shelf") == 7
    for forbidden in (
        "CREATE TABLE other (number int)",
        "DROP TABLE shelf",
        "ALTER TABLE shelf DISABLE TRIGGER ALL",
        "TRUNCATE shelf",
        "COPY shelf FROM PROGRAM 'echo 8'",
        "SET ROLE books_owner",
        "CREATE ROLE more SUPERUSER",
        "CREATE DATABASE more",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await served.execute(forbidden)
    await served.close()
    await owner.close()


async def test_neither_role_is_a_superuser_or_may_make_others(server: BundledPostgres) -> None:
    owner = await entered(server, "books_owner", server.password("owner"))

    rights = await owner.fetch(
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles"
        " WHERE rolname LIKE 'books%' ORDER BY rolname"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute("CREATE TABLE theft (line text); COPY theft FROM PROGRAM 'id'")
    await owner.close()

    assert [tuple(row) for row in rights] == [
        ("books", False, False, False, False, False),
        ("books_owner", False, False, False, False, False),
    ]


@pytest.mark.parametrize(
    ("user", "database"), [("app", "books"), ("app", "postgres"), ("books", "postgres"), ("books_owner", "template1")]
)
async def test_the_network_leads_to_the_services_database_alone_and_not_for_the_administrator(
    server: BundledPostgres, user: str, database: str
) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no pg_hba"):
        await entered(server, user, server.password("user"), database)


@pytest.mark.parametrize(("user", "of"), [("books", "owner"), ("books_owner", "user")])
async def test_the_roles_have_different_passwords(server: BundledPostgres, user: str, of: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await entered(server, user, server.password(of))


def test_the_exporter_comes_by_the_socket_and_shows_what_the_alerts_ask_for(
    server: BundledPostgres, all_on: Documents
) -> None:
    pods = [pod for place, _, pod in containers(all_on) if "books-db" in place]
    (exporter,) = [container for container in pods[0]["containers"] if container["name"] == "metrics"]
    (source,) = [entry["value"] for entry in exporter["env"] if entry["name"] == "DATA_SOURCE_NAME"]
    (port,) = quiet_ports(1)

    here = source.replace("/var/run/postgresql", str(server.folder)) + f" port={server.port}"
    program = Exporter(port, here)
    with program:
        shown = program.shown()

    assert "\npg_up 1\n" in shown
    assert "pg_settings_max_connections{" in shown
    assert "pg_stat_database_numbackends{datid=" in shown


class Exporter(Server):
    """Debian's, as the image's own: told by DATA_SOURCE_NAME where PostgreSQL is."""

    def __init__(self, port: int, source: str) -> None:
        super().__init__()
        self.port = port
        self.environment["DATA_SOURCE_NAME"] = source

    def commands(self) -> list[list[str | Path]]:
        return [["prometheus-postgres-exporter", f"--web.listen-address={HOST}:{self.port}"]]

    def answers(self) -> bool:
        return "pg_up" in self.shown()

    def shown(self) -> str:
        with urllib.request.urlopen(f"http://{HOST}:{self.port}/metrics", timeout=10) as answer:
            page: bytes = answer.read()
            return page.decode()
