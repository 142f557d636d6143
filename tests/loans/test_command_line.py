"""Sweep and comparison as an operator runs them: in a process of its own."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from loans_service.persistence.import_tables import imports
from loans_service.persistence.rights import RIGHTS
from loans_service.persistence.tables import plumbing
from shared.kernel.file_records import RecordError
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportJob
from shared.persistence.database import Database
from shared.persistence.imports import SqlImportJobs
from tests.clocks import SteppingClock
from tests.end_to_end.processes import run
from tests.loans.makers import NOW, POLICY
from tests.roles import TwoRoles


def nothing_but(database: Path) -> dict[str, str]:
    """What `serve` alone reads is either absent or, where a pod shares it, cannot be read."""
    nowhere = {"LOANS_CLIENT_SECRET_FILE": str(database.parent / "nowhere"), "LOANS_BOOKS_URL": "not looked at"}
    return nowhere | {"LOANS_DATABASE_URL": f"sqlite+aiosqlite:///{database}"}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that the command has migrated."""
    file = tmp_path_factory.mktemp("migrated") / "loans.db"
    done = run("loans_service", "migrate", environment=nothing_but(file))
    assert 0 == done.returncode, done.stderr
    return file


async def nothing() -> AsyncIterator[bytes]:
    """A file without content."""
    none: tuple[bytes, ...] = ()
    for piece in none:
        yield piece


@pytest.fixture
def environment(migrated: Path, tmp_path: Path) -> dict[str, str]:
    """One of its own."""
    return nothing_but(Path(shutil.copy(migrated, tmp_path / "loans.db")))


def test_a_sweep_says_what_it_did_as_of_any_time(environment: dict[str, str]) -> None:
    for arguments in ((), ("--at", "2030-01-01T06:00:00Z")):
        done = run("loans_service", "sweep", *arguments, environment=environment)

        assert (done.returncode, done.stdout) == (
            0,
            "renewed 0, reminded 0, expired 0, lost 0, billed 0, anonymised 0, failed 0\n",
        )
    assert POLICY.keep_history_days == 90


def test_a_sweep_without_a_database_says_so() -> None:
    done = run("loans_service", "sweep", environment={"LOANS_DATABASE_URL": "postgresql://loans@127.0.0.1:9/loans"})

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.splitlines()[-1].startswith("The database does not answer")


def test_serving_needs_the_neighbours_and_the_secret_for_them(environment: dict[str, str]) -> None:
    served = run("loans_service", "serve", environment={"LOANS_DATABASE_URL": environment["LOANS_DATABASE_URL"]})

    names = [line.split()[0] for line in served.stderr.splitlines()]
    assert (2, ["LOANS_BOOKS_URL", "LOANS_MEMBERS_URL", "LOANS_CLIENT_SECRET"]) == (served.returncode, names)


def test_a_comparison_without_books_says_so_and_changes_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not looked at, but of a good length")
    nobody = {"LOANS_BOOKS_URL": "http://127.0.0.1:9", "LOANS_MEMBERS_URL": "http://127.0.0.1:9"}
    told = environment | nobody | {"LOANS_CLIENT_SECRET_FILE": str(secret)}

    done = run("loans_service", "consistency", "--repair", environment=told)

    assert (1, "") == (done.returncode, done.stdout)
    assert "does not answer" in done.stderr


def test_a_recount_names_what_differs_and_exits_with_1_until_it_is_repaired(environment: dict[str, str]) -> None:
    file = environment["LOANS_DATABASE_URL"].removeprefix("sqlite+aiosqlite:///")
    cell = "('paid', 'month', '2026-03-01', 'MAIN', '', '', '', '', 'desk', 'overdue', 5)"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"INSERT INTO statistics VALUES {cell}")

    found, repaired, clean = (
        run("loans_service", "recount", *how, environment=environment) for how in ((), ("--repair",), ())
    )

    line = "paid, month 2026-03-01 (branch MAIN, channel desk, reason overdue): 5 counted, 0 on record"
    assert (1, [line, "compared 1, differing 1, repaired 0"]) == (found.returncode, found.stdout.splitlines())
    assert (0, [line, "compared 1, differing 1, repaired 1"]) == (repaired.returncode, repaired.stdout.splitlines())
    assert (0, "compared 1, differing 0, repaired 0\n") == (clean.returncode, clean.stdout)


async def test_imports_are_listed_newest_first_and_one_says_what_was_wrong(environment: dict[str, str]) -> None:
    database = Database(environment["LOANS_DATABASE_URL"])
    jobs = SqlImportJobs(database, imports, plumbing, clock=SteppingClock(NOW), on_commit=lambda: None)
    for hours in (0, 1):
        job = ImportJob(new_id(), "loans", "csv", {}, dry_run=False, created_at=NOW + timedelta(hours=hours))
        await jobs.add(job, nothing(), receipt=None)
    older = await jobs.take(lease=new_id(), now=NOW, until=NOW + timedelta(minutes=1))
    assert older is not None
    faults = [RecordError(number, "L7", "unknown-copy", "No copy has it.") for number in range(1, 152)]
    await jobs.finish(older, faults, now=NOW, failed=True)
    await database.dispose()

    everything, failed, one, unknown = (
        run("loans_service", "imports", *how, environment=environment)
        for how in ((), ("--state", "failed", "--json"), (str(older.import_id),), (str(new_id()),))
    )

    lines = everything.stdout.splitlines()
    assert [str(job.import_id), str(older.import_id)] == [line.split()[2] for line in lines], everything.stderr
    assert [str(older.import_id)] == [json.loads(line)["import_id"] for line in failed.stdout.splitlines()]
    assert lines[1:] == one.stdout.splitlines()[:1]
    assert 1 + len(faults) == len(one.stdout.splitlines())
    assert "record 151 (L7): unknown-copy: No copy has it." == one.stdout.splitlines()[-1]
    assert (1, "") == (unknown.returncode, unknown.stdout)


@pytest.mark.parametrize("time", ["soon", "2030-01-01T06:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:00:00-05:00"])
def test_a_time_without_a_zone_or_in_a_year_without_countable_days_is_refused(
    environment: dict[str, str], time: str
) -> None:
    done = run("loans_service", "sweep", "--at", time, environment=environment)

    assert done.returncode == 2
    assert "is no time with a zone" in done.stderr


def test_everything_leaves_and_comes_by_commands(environment: dict[str, str], tmp_path: Path) -> None:
    folder, empty = str(tmp_path / "all"), nothing_but(tmp_path / "2.db")
    assert 0 == run("loans_service", "migrate", environment=empty).returncode

    wrote = run("loans_service", "export", "--all", folder, environment=environment)
    took = run("loans_service", "import", "--all", folder, environment=empty)
    again = run("loans_service", "export", "--all", folder, environment=environment)

    assert [0, 0, 1] == [done.returncode for done in (wrote, took, again)], (wrote.stderr, took.stderr, again.stderr)
    assert wrote.stderr.startswith("Wrote: 1 policies")
    assert "is not empty. Nothing was changed in the database." in again.stderr


async def test_everything_comes_with_the_role_that_migrates_and_the_one_that_serves_goes_on(
    environment: dict[str, str], tmp_path: Path, two_roles: TwoRoles, package: str
) -> None:
    await two_roles.migrate(package, RIGHTS)
    folder = str(tmp_path / "all")
    assert 0 == run("loans_service", "export", "--all", folder, environment=environment).returncode

    served, owned = (
        run("loans_service", "import", "--all", folder, environment=environment | {"LOANS_DATABASE_URL": url})
        for url in (two_roles.app_url, two_roles.owner_url)
    )

    assert [1, 0] == [served.returncode, owned.returncode], served.stderr + owned.stderr
    assert "Import with the address of the role that migrates. Nothing was changed in the database." in served.stderr
    async with two_roles.as_app() as app:
        assert 1 == await app.fetchval("SELECT count(*) FROM policies")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("import",), 2, "Say what to import"),
        (("import", "books", "x.json"), 2, "`loans`, `holds` or `fines`"),
        (("import", "loans", "x.csv", "--format", "xlsx"), 2, "one of these formats: csv, json."),
        (("import", "loans", "x.csv", "--map", "barcode"), 2, "write FIELD=COLUMN"),
        (("import", "loans", "x"), 2, "say --format"),
        (("import", "loans", "nowhere.json"), 2, "There is no file nowhere.json."),
        (("import", "--all", "nowhere"), 1, "no export of loans"),
    ],
)
def test_what_cannot_be_imported_ends_with_one_sentence(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    nobody = {"LOANS_BOOKS_URL": "http://127.0.0.1:9", "LOANS_MEMBERS_URL": "http://127.0.0.1:9"}
    (tmp_path / "secret").write_text("not looked at, but of a good length")
    told = environment | nobody | {"LOANS_CLIENT_SECRET_FILE": str(tmp_path / "secret")}

    done = run("loans_service", *arguments, environment=told)

    assert (code, "") == (done.returncode, done.stdout)
    assert sentence in done.stderr
    assert 1 == len(done.stderr.splitlines())
