"""What operators are told to type around the databases, typed: only clusters and containers are played."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import yaml

from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.deploy.known_cluster import cluster_with
from tests.deploy.operators import CHART, ROOT, kubectl, run
from tests.docs.commands import block
from tests.ports import HOST
from tests.servers import PostgresServer

SERVICES = ("books", "members", "loans")
RUNBOOKS = (ROOT / "docs/runbooks.md").read_text()
PLAYED = """#!/bin/sh
# Plays `docker` and `kubectl`: what would run in a container runs here; everything else is noted.
line="$*"
case $line in
*"exec -T postgres "*) shift 6; exec "$@" ;;
exec*" -- "*) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
run*) while [ "$1" != tar ]; do shift; done; shift 3; exec tar -C "$KEYS" "$@" ;;
*) echo "$line" >>"$NOTED" ;;
esac
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server with the superuser that the images have, and nothing of the library."""
    with PostgresServer() as server:
        subprocess.run(
            [server.programs / "createuser", "-h", HOST, "-p", str(server.port), "-U", "app", "-s", "postgres"],
            check=True,
        )
        yield server


def typed(commands: str, server: PostgresServer, folder: Path) -> str:
    """Type commands in the checkout; return what was said to Docker or the cluster besides."""
    for name in ("docker", "kubectl"):
        (folder / name).write_text(PLAYED)
        (folder / name).chmod(0o755)
    environment = {
        "PATH": f"{folder}:{server.programs}:{os.environ['PATH']}",
        "PGHOST": HOST,
        "PGPORT": str(server.port),
        "KEYS": str(folder / "keys"),
        "NOTED": str(folder / "noted"),
    }
    (folder / "noted").touch()
    subprocess.run(["sh", "-euc", commands], env=environment, cwd=folder, capture_output=True, check=True)
    return (folder / "noted").read_text()


async def answer(server: PostgresServer, statement: str, database: str = "postgres", role: str = "app") -> Any:
    connection = await asyncpg.connect(server.url(database, role=role).replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_composes_databases_and_keys_come_back_as_they_were_saved(server: PostgresServer, tmp_path: Path) -> None:
    save, restore = block("deploy/README.md: compose() {").split("\ncompose stop", 1)
    for service in SERVICES:
        database = Database(server.create_database(service))
        await migrate(database, f"{service}_service")
        await database.dispose()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/signing-key.pem").write_text("a key")
    await answer(server, "CREATE TABLE kept AS SELECT 7 AS number", "books")
    heard = 7_000_000  # by others, since a dump that was older than they
    fill = f"'{UUID(int=1)}', '{UUID(int=2)}', 'MAIN', 'book', 'in_service', {heard}"
    columns = "copy_id, book_id, branch, item_type, status, sequence"
    await answer(server, f"INSERT INTO reported_copies ({columns}) VALUES ({fill})", "loans")

    typed(save, server, tmp_path)
    await answer(server, "DELETE FROM kept", "books")
    (tmp_path / "keys/signing-key.pem").unlink()
    functions = save.splitlines()[0]
    output = typed(f"{functions}\ncompose stop{restore}", server, tmp_path)

    assert await answer(server, "SELECT number FROM kept", "books") == 7
    following = "SELECT nextval(pg_get_serial_sequence('outbox', 'sequence'))"
    assert await answer(server, following, "books") > heard + 999_999
    assert 1_000_000 < await answer(server, following, "members") < heard
    assert 1_000_000 < await answer(server, following, "loans") < heard
    assert (tmp_path / "keys/signing-key.pem").read_text() == "a key"
    assert re.search(r" stop books.*\n.* up -d --wait", output)


async def test_an_older_server_gets_the_role_that_reads_its_figures(server: PostgresServer, tmp_path: Path) -> None:
    server.create_database("books_of_old")
    (tmp_path / "deploy/compose/secrets").mkdir(parents=True)
    (tmp_path / "deploy/compose/secrets/monitor-db-password").write_text("it's secret")
    of_chart = block("deploy/helm/library/README.md: kubectl exec library-books-db-0")

    for commands in (of_chart.replace("DATABASE books", "DATABASE books_of_old"), block("deploy/README.md: echo")):
        typed(commands, server, tmp_path)
        assert await answer(server, "SELECT count(*) FROM pg_stat_database", role="monitor")
        assert not await answer(server, "SELECT rolsuper FROM pg_roles WHERE rolname = 'monitor'")
        assert "5s" == await answer(server, "SHOW statement_timeout", role="monitor")
        for database in ("books_of_old", "postgres"):
            await answer(server, "REVOKE CONNECT ON DATABASE " + database + " FROM monitor")
        await answer(server, "DROP ROLE monitor")


async def test_the_questions_of_the_runbooks_are_answered(server: PostgresServer) -> None:
    blocks = re.findall(r"^```sql\n(.*?)^```$", RUNBOOKS, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`(SELECT [^`]+)`", RUNBOOKS)
    questions = [*"".join(blocks).splitlines(), *inline]
    ours = ("outbox", "circulation", "reported_copies", "borrowers")
    asked = [one for one in questions if not any(table in one for table in ours) and "(PID)" not in one]

    assert len(asked) == 5  # what is at work, who blocks whom, what grew, who holds the lead, who is connected
    for question in asked:
        await answer(server, question)


@pytest.mark.parametrize(
    ("key", "volumes"),
    [
        ("deploy/helm/library/README.md: kubectl scale", {"b": "library-backup"}),
        ("docs/runbooks.md: kubectl scale statefulset", {"old": "data-library-loans-db-0", "new": "larger"}),
    ],
    ids=["restore", "copy"],
)
def test_the_pods_that_operators_start_are_admitted_where_pods_must_be_restricted(
    key: str, volumes: dict[str, str], tmp_path: Path
) -> None:
    (overrides,) = re.findall(r"--overrides='(.+?)'\n", block(key), re.DOTALL)

    asked = ("run", "restore", "--image=postgres:18.1", "--restart=Never", "--dry-run=client", "-o", "json")
    with cluster_with([{"kind": "Pod", "apiVersion": "v1"}], tmp_path, has=()) as there:
        made = run(kubectl(), *asked, f"--overrides={overrides}", KUBECONFIG=str(there), NO_PROXY="*")

    spec = json.loads(made)["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert spec["volumes"] == [
        {"name": name, "persistentVolumeClaim": {"claimName": claim}} for name, claim in volumes.items()
    ]


def test_a_secret_that_was_kept_goes_to_the_new_namespace(tmp_path: Path) -> None:
    kept = {"name": "library-credentials", "namespace": "old", "annotations": {"meta.helm.sh/release-namespace": "old"}}
    (tmp_path / "library-credentials.yaml").write_text(yaml.safe_dump({"kind": "Secret", "metadata": kept}))

    edit, _, _ = block("docs/runbooks.md: sed").partition(" | kubectl apply")
    moved = yaml.safe_load(subprocess.run(["sh", "-c", edit], cwd=tmp_path, capture_output=True, check=True).stdout)

    assert moved["metadata"] == kept | {"namespace": "new", "annotations": {"meta.helm.sh/release-namespace": "new"}}


def test_whoever_looks_around_in_a_pod_does_so_restricted() -> None:
    documents = RUNBOOKS + (CHART / "README.md").read_text()

    commands = re.findall(r"kubectl debug [^`\n]+", documents)
    assert commands
    assert all("--profile=restricted" in command for command in commands)
