"""A dump by the script that the chart ships, and the way back; and who may reach a database for it."""

import asyncio
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.deploy.operators import CHART, helm, name_of, of_kind, pod_of, refuses, rendered
from tests.end_to_end.line import Line
from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer

SCRIPT = CHART / "files/backup.sh"
Documents = list[dict[str, Any]]
ON = ("--set", "backup.enabled=true")


def dump(server: PostgresServer, database: str, folder: Path, *, port: int = 0, timeout: int = 30) -> Path:
    """Run the script as its container does; return the newest dump."""
    secret = folder.parent / "password"
    secret.write_text("not asked for")
    place = {
        "PGHOST": HOST,
        "PGPORT": str(port or server.port),
        "TIMEOUT": str(timeout),
        "PGDATABASE": database,
        "PGUSER": "app",
        "PGSSLMODE": "disable",
    }
    environment = {"PATH": f"{server.programs}:{os.environ['PATH']}", **place}
    subprocess.run(["sh", SCRIPT, folder, secret, "14"], env=environment, check=True, capture_output=True)
    return max(folder.glob(f"{database}-*.dump"))


async def rows(server: PostgresServer, database: str) -> list[int]:
    connection = await asyncpg.connect(server.url(database).replace("+asyncpg", ""))
    try:
        return [row["id"] for row in await connection.fetch("SELECT id FROM loans ORDER BY id")]
    finally:
        await connection.close()


async def furnish(server: PostgresServer, database: str) -> None:
    server.create_database(database)
    connection = await asyncpg.connect(server.url(database).replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE loans (id int PRIMARY KEY); INSERT INTO loans SELECT generate_series(1, 3)")
    await connection.close()


async def test_what_is_dumped_comes_back_as_it_was(postgres_server: PostgresServer, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    await furnish(postgres_server, "dumped")
    made = dump(postgres_server, "dumped", folder)
    connection = await asyncpg.connect(postgres_server.url("dumped").replace("+asyncpg", ""))
    await connection.execute("DELETE FROM loans WHERE id > 1; INSERT INTO loans VALUES (9)")
    await connection.close()

    restore: list[str | Path] = [
        postgres_server.programs / "pg_restore",
        f"--host={HOST}",
        f"--port={postgres_server.port}",
        "-U",
        "app",
    ]
    restore += ["--dbname=dumped", "--clean", "--if-exists", "--single-transaction", made]
    subprocess.run(restore, check=True, capture_output=True)

    assert await rows(postgres_server, "dumped") == [1, 2, 3]
    postgres_server.drop_database("dumped")


async def test_old_dumps_go_and_those_of_others_stay(postgres_server: PostgresServer, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    old, young, others = (folder / name for name in ("pruned-1.dump", "pruned-2.dump", "books-1.dump"))
    killed, at_work = folder / "pruned-3.dump.part", folder / "pruned-4.dump.part"
    for path, days in ((old, 20), (young, 5), (others, 20), (killed, 2), (at_work, 0)):
        path.write_text("a dump")
        os.utime(path, (time.time() - days * 86400,) * 2)
    await furnish(postgres_server, "pruned")

    made = dump(postgres_server, "pruned", folder)

    assert set(folder.iterdir()) == {young, others, at_work, made}
    postgres_server.drop_database("pruned")


def test_a_dump_that_fails_leaves_nothing_and_drops_nothing(postgres_server: PostgresServer, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    old = folder / "nowhere-1.dump"
    old.write_text("the last good one")
    os.utime(old, (0, 0))

    with pytest.raises(subprocess.CalledProcessError):
        dump(postgres_server, "nowhere", folder)

    assert list(folder.iterdir()) == [old]


async def test_a_dump_waits_for_a_network_that_lets_its_pod_through_a_moment_later(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    await furnish(postgres_server, "awaited")
    (port,) = quiet_ports(1)

    at_work = asyncio.create_task(asyncio.to_thread(dump, postgres_server, "awaited", folder, port=port))
    await asyncio.sleep(2)
    refused = not at_work.done()
    async with Line(postgres_server.port, port):
        made = await at_work

    assert refused
    assert made.stat().st_size
    postgres_server.drop_database("awaited")


def test_a_dump_of_a_server_that_never_comes_fails(postgres_server: PostgresServer, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    (port,) = quiet_ports(1)

    with pytest.raises(subprocess.CalledProcessError, match="exit status"):
        dump(postgres_server, "away", folder, port=port, timeout=1)

    assert list(folder.iterdir()) == []


def volume_jobs(*settings: str) -> Documents:
    return [found for found in rendered(*ON, *settings) if found["kind"] == "Job"]


def test_a_pod_mounts_the_claim_at_once_so_that_waiting_for_an_installation_ends() -> None:
    (job,) = volume_jobs()
    (claim,) = of_kind(rendered(*ON), "PersistentVolumeClaim")

    pod = pod_of(job)["spec"]
    (container,) = pod["containers"]
    assert [{"name": "backup", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}] == pod["volumes"]
    assert ["test", "-w", container["volumeMounts"][0]["mountPath"]] == container["command"]
    assert "helm.sh/hook" not in job["metadata"].get("annotations", {})
    assert job["spec"]["ttlSecondsAfterFinished"]  # a claim cannot be deleted while a pod names it


def test_no_upgrade_changes_the_template_of_a_job_that_is_there() -> None:
    (before,), (same,) = volume_jobs(), volume_jobs("--set", "backup.keepDays=3,image.tag=later")
    (after,) = volume_jobs("--set", "postgresql.image.tag=18.2")

    assert (before["metadata"]["name"], before["spec"]) == (same["metadata"]["name"], same["spec"])
    assert before["metadata"]["name"] != after["metadata"]["name"]


def test_a_claim_of_ones_own_is_left_to_whoever_made_it() -> None:
    assert not volume_jobs("--set", "backup.persistence.existingClaim=dumps")


def job_of(documents: Documents, service: str) -> dict[str, Any]:
    [found] = [each for each in of_kind(documents, "CronJob") if name_of(each).endswith(f"-{service}-backup")]
    return found


@pytest.mark.parametrize("service", ["books", "members", "loans"])
def test_each_database_is_dumped_by_its_owner_and_let_in(service: str) -> None:
    documents = rendered(*ON)

    job = job_of(documents, service)
    [container] = pod_of(job)["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert environment["PGUSER"] == f"{service}_owner"
    assert environment["PGHOST"] == f"library-{service}-db"
    [policy] = [each for each in of_kind(documents, "NetworkPolicy") if name_of(each).endswith(f"-{service}-db")]
    let_in = [peer["podSelector"]["matchLabels"] for peer in policy["spec"]["ingress"][0]["from"]]
    labels = pod_of(job)["metadata"]["labels"]
    assert any(selector.items() <= labels.items() for selector in let_in)


def test_a_backup_of_ones_own_is_let_in() -> None:
    peer = '[{"podSelector":{"matchLabels":{"app":"velero"}}}]'

    policies = of_kind(rendered("--set-json", f"networkPolicy.databaseFrom={peer}"), "NetworkPolicy")

    databases = [policy for policy in policies if name_of(policy).endswith("-db")]
    assert len(databases) == 3
    for policy in databases:
        assert {"podSelector": {"matchLabels": {"app": "velero"}}} in policy["spec"]["ingress"][0]["from"]


def test_with_encryption_the_dump_verifies_whom_it_reads(all_on: Documents) -> None:
    encrypted = rendered(*ON, "--set", "tls.internal.enabled=true")
    [container] = pod_of(job_of(encrypted, "loans"))["spec"]["containers"]

    environment = {each["name"]: each["value"] for each in container["env"]}
    assert (environment["PGSSLMODE"], environment["PGSSLROOTCERT"]) == ("verify-full", "/etc/authority/ca.crt")
    [copy] = pod_of(job_of(all_on, "loans"))["spec"]["containers"]
    assert copy["args"][:3] == ["copy", "/backup", "s3:bucket/library"]


def test_no_backup_is_promised_of_databases_that_are_elsewhere() -> None:
    refusal = refuses(helm(), "template", CHART, *ON, "--set", "postgresql.enabled=false")

    assert "backup.enabled is for the bundled databases" in refusal
