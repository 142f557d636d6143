"""The first minutes with `make run`: what a person can do wrong is said in a sentence, and never as a traceback."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.local.gear import doubtful_settings
from tests.architecture.checkout import ROOT
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.processes import run
from tests.ports import quiet_ports

PORTS = ("BOOKS_PORT", "MEMBERS_PORT", "LOANS_PORT", "DESK_PORT")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return settings under which nobody else is met, for an empty data folder."""
    return dict(zip(PORTS, map(str, quiet_ports(4)), strict=True)) | {"DATA_DIR": str(tmp_path), "DEMO": "0"}


@pytest.fixture
async def library() -> EmbeddedLibrary:
    async with EmbeddedLibrary(DEMO="0") as library:
        pass
    return library


def the_sentence(environment: dict[str, str]) -> str:
    refused = run("deploy.local", environment=environment)

    assert 2 == refused.returncode, refused.stdout + refused.stderr
    (sentence,) = refused.stderr.strip().splitlines()
    return str(sentence)


def made_by_other_migrations(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('0006')")
        database.execute("CREATE TABLE members (member_id CHAR(32) PRIMARY KEY, name TEXT)")


def test_data_of_another_line_of_migrations_are_refused(environment: dict[str, str], tmp_path: Path) -> None:
    made_by_other_migrations(tmp_path / "members.db")

    told = the_sentence(environment)

    assert "The database of members_service has schema ['0006'] of a past that this release does not know" in told
    assert "choose another DATA_DIR" in told


def test_a_file_that_is_no_database_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "books.db").write_bytes(b"these are no pages of a database, " * 200)

    told = the_sentence(environment)

    assert f"{tmp_path / 'books.db'} cannot be used: " in told
    assert "backup" in told


async def test_two_libraries_do_not_share_a_data_folder(environment: dict[str, str]) -> None:
    async with EmbeddedLibrary(DEMO="0", DATA_DIR=environment["DATA_DIR"]):
        told = await asyncio.to_thread(the_sentence, environment)

    assert f"DATA_DIR={environment['DATA_DIR']} belongs to a library that runs" in told


@pytest.fixture
def starting(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Return a library that is just being started, from the very beginning of the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.local"],
        cwd=ROOT,
        env=dict(os.environ) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_ctrl_c_ends_a_start_without_a_word(starting: subprocess.Popen[str]) -> None:
    while b"deploy.local" not in Path(f"/proc/{starting.pid}/cmdline").read_bytes():
        time.sleep(0.01)
    while "pydantic" not in Path(f"/proc/{starting.pid}/maps").read_text():  # it has begun to import
        time.sleep(0.01)

    starting.send_signal(signal.SIGINT)
    _, told = starting.communicate(timeout=60)

    assert -signal.SIGINT == starting.returncode
    assert "" == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TLS_CERTIFICATE_FILE", "TLS_CERTIFICATE_FILE has no effect on `make run`: it speaks plain HTTP"),
        ("RABBITMQ_URL", "RABBITMQ_URL has no effect on `make run`: its events stay in the process."),
        ("TRUSTED_PROXIES", "TRUSTED_PROXIES has no effect on `make run`: nothing stands in front of it."),
        ("LOANS_METRICS_PORT", "LOANS_METRICS_PORT has no effect on `make run`"),
        ("LOANS_CLIENT_SECRET_FILE", "LOANS_CLIENT_SECRET has no effect on `make run`"),
        ("BOOKS_DATABASE_URL", "BOOKS_DATABASE_URL has no effect on `make run`: its data lie in DATA_DIR."),
        ("DATA_DIRR", "DATA_DIRR is no setting of the library: did you mean DATA_DIR?"),
        ("DESK_PROT", "DESK_PROT is no setting of the library: did you mean DESK_PORT?"),
        ("LOANS_BOOK_URL", "LOANS_BOOK_URL is no setting of the library: did you mean LOANS_BOOKS_URL?"),
    ],
)
def test_what_changes_nothing_is_said_at_the_start(name: str, told: str) -> None:
    (sentence,) = doubtful_settings({name: "value", "HOME": "/root", "DATA_DIR": "var", "HOSTNAME": "desk"})

    assert sentence.startswith(told)
