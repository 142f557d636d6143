"""The service's own commands, run as processes."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.books.dirt import CREATED, CSV, ERRORS, FAILED, MAPPING, SKIPPED
from tests.books.fake_sru import MARC, an_answer, serving
from tests.end_to_end import processes

ROOT = Path(__file__).parents[2]
MAPPED = [part for field, column in MAPPING.items() for part in ("--map", f"{field}={column}")]


class Desk:
    """A folder with a database and a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "list.csv"
        self.file.write_text(CSV, encoding="utf-8")
        self.url = f"sqlite+aiosqlite:///{folder / 'books.db'}"

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {"BOOKS_DATABASE_URL": self.url, "LOG_LEVEL": "WARNING"} | environment
        return processes.run("books_service", *arguments, environment=settings, given=stdin)

    def bring_in(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("import", str(self.file), *arguments)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    assert 0 == desk.run("migrate").returncode
    return desk


def test_a_file_is_imported_and_reported_record_by_record(desk: Desk) -> None:
    foreseen = desk.bring_in(*MAPPED, "--split-authors", ",", "--dry-run")
    first = desk.bring_in(*MAPPED, "--split-authors", ",")
    second = desk.bring_in(*MAPPED, "--split-authors", ",")

    read = CREATED + SKIPPED + FAILED
    counts = f"created {CREATED}, updated 0, left {SKIPPED} as they were; {FAILED} failed."
    *lines, summary = first.stdout.splitlines()
    errors = first.stderr.splitlines()
    assert "left out: isbn13 (6)" in lines
    assert f"Read {read} records. Have {counts}" == summary
    assert f"Read {read} records. Would have {counts}" == foreseen.stdout.splitlines()[-1]
    for (record, identifier, code), line in zip(ERRORS, errors, strict=True):
        assert line.startswith(f"record {record}{f' ({identifier})' if identifier else ''}: {code}: ")
    assert f"created 0, updated 0, left {CREATED + SKIPPED} as they were" in second.stdout


async def test_the_records_of_a_list_of_isbns_are_fetched_from_another_catalogue_and_imported(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert 0 == desk.run("migrate").returncode
    async with serving() as other:
        other.body = an_answer(MARC)
        with closing(sqlite3.connect(tmp_path / "books.db")) as database, database:
            target = ("other", "Other", other.url, "1.1", "marcxml", "bath.isbn", "cql.anywhere", 1)
            database.execute("INSERT INTO external_targets VALUES (?, ?, ?, ?, ?, ?, ?, ?)", target)

        run = partial(desk.run, stdin="978-0-14-143958-7\n\nnonsense\n", BOOKS_EXTERNAL_HOSTS="127.0.0.1")
        fetched = await asyncio.to_thread(run, "fetch", "other")
        unknown = await asyncio.to_thread(run, "fetch", "none")

    imported = desk.run("import", "-", "--format", "marcxml", stdin=fetched.stdout)
    assert (1, "nonsense: invalid-isbn: ") == (fetched.returncode, fetched.stderr[:24])
    assert (2, "No other catalogue has this code") == (unknown.returncode, unknown.stderr[:32])
    assert "Have created 1, updated 0" in imported.stdout
    assert ["bath.isbn=9780141439587"] == [asked["query"] for asked in other.asked]


def test_a_script_sees_whether_every_record_went_in(desk: Desk) -> None:
    def tried(*lines: str) -> subprocess.CompletedProcess[str]:
        return desk.run("import", "-", "--format", "csv", "--dry-run", stdin="\n".join(lines))

    refused = tried("title,authors", ",Nobody", "Persuasion,Jane Austen")
    with_a_copy_refused = tried("title,copy_barcode,copy_branch", "Persuasion,39999000000017,NOWHERE")
    without_a_value = tried("title,isbns", "Persuasion,1234567890")

    assert (1, "Read 2 records. Would have created 1, updated 0, left 0 as they were; 1 failed.\n") == (
        refused.returncode,
        refused.stdout,
    )
    of_copies = "Of copies in them: created 0, updated 0, left 0 as they were; 1 failed.\n"
    assert (1, True) == (with_a_copy_refused.returncode, with_a_copy_refused.stdout.endswith(of_copies))
    assert (0, "invalid-isbn" in without_a_value.stderr) == (without_a_value.returncode, True)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--map", "title"], 2, "--map title cannot be read: write FIELD=COLUMN."),
        (["--map", "colour=color"], 2, "There is no field 'colour'."),
        (["--format", "bibtex"], 2, "Files are in one of these formats: csv, json, marc, marcxml, yaml."),
        (["--map", "title=name"], 2, "The file has no column 'name'."),
    ],
)
def test_what_cannot_be_imported_is_told_in_a_sentence(
    desk: Desk, arguments: list[str], code: int, sentence: str
) -> None:
    done = desk.bring_in(*arguments)

    assert (code, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(sentence)


def test_an_export_goes_into_another_catalogue_by_way_of_a_file_or_of_a_pipe(desk: Desk, tmp_path: Path) -> None:
    desk.bring_in(*MAPPED, "--split-authors", ",")
    other = Desk(tmp_path)
    other.run("migrate")

    to_file = desk.run("export", str(tmp_path / "books.yaml"))
    to_pipe = desk.run("export", "--format", "json")
    from_file = other.run("import", str(tmp_path / "books.yaml"))
    from_pipe = other.run("import", "-", "--format", "json", stdin=to_pipe.stdout)

    assert [0] * 4 == [done.returncode for done in (to_file, to_pipe, from_file, from_pipe)]
    assert ("", f"books.yaml: {CREATED} books\n") == (to_file.stdout, to_file.stderr)
    assert f"Read {CREATED} records. Have created {CREATED}, " in from_file.stdout
    assert f"Have created 0, updated 0, left {CREATED} as they were; 0 failed." in from_pipe.stdout
    assert to_pipe.stdout == other.run("export", "--format", "json").stdout
    assert ["books.db", "books.yaml", "list.csv"] == sorted(path.name for path in tmp_path.glob("*[vlb]"))


def test_who_has_read_enough_ends_an_export_in_silence(desk: Desk) -> None:
    command = f"{sys.executable} -m books_service export --format csv | true; echo ${{PIPESTATUS[0]}}"
    environment = {"PATH": os.environ["PATH"], "BOOKS_DATABASE_URL": desk.url, "LOG_LEVEL": "WARNING"}

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=False)

    assert ("1\n", "") == (done.stdout, done.stderr)


def test_an_export_that_cannot_be_written_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    done = desk.run("export", str(tmp_path / "no folder" / "books.csv"))

    assert (1, True) == (done.returncode, done.stderr.startswith("The export broke off: "))
    assert [] == list(tmp_path.iterdir())


def test_who_interrupts_an_import_is_told_in_one_line_that_it_can_be_run_again(desk: Desk, tmp_path: Path) -> None:
    many = tmp_path / "many.csv"
    many.write_text("title,authors\n" + "".join(f"Volume {number},Somebody\n" for number in range(60_000)))
    environment = {"PATH": os.environ["PATH"], "BOOKS_DATABASE_URL": desk.url, "LOG_LEVEL": "WARNING"}

    with subprocess.Popen(
        [sys.executable, "-m", "books_service", "import", str(many), "--dry-run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stderr
        assert "many.csv: 10000 records\n" == program.stderr.readline()
        program.send_signal(signal.SIGINT)
        _, output = program.communicate(timeout=60)

    assert 130 == program.returncode
    sentence = "It was interrupted. What was imported before stays; run it again."
    assert sentence == output.splitlines()[-1]
    assert [] == [line for line in output.splitlines()[:-1] if not line.endswith(" records")]


@pytest.mark.parametrize("name", ["list.dat", "list.MRC", "list.xml"])
def test_the_name_of_a_file_tells_its_format(desk: Desk, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    done = desk.run("import", str(tmp_path / name))

    assert (0, "Read 0 records. Have created 0, updated 0, left 0 as they were; 0 failed.\n") == (
        done.returncode,
        done.stdout,
    )


def test_a_name_that_tells_no_format_is_told(desk: Desk) -> None:
    done = desk.run("import", "-", stdin=CSV)

    assert (2, "The format of - cannot be told from its name: say --format.\n") == (done.returncode, done.stderr)


def test_a_database_without_the_schema_is_told_what_to_do(tmp_path: Path) -> None:
    done = Desk(tmp_path).bring_in()

    assert (1, True) == (done.returncode, "migrate" in done.stderr)
    assert "Traceback" not in done.stderr


def test_a_missing_setting_is_told_in_a_sentence(desk: Desk) -> None:
    done = desk.run("import", str(desk.file), BOOKS_DATABASE_URL="")

    assert (2, True) == (done.returncode, done.stderr.startswith("BOOKS_DATABASE_URL is missing"))


def test_a_missing_file_is_told(desk: Desk) -> None:
    done = desk.run("import", "no.csv")

    assert (2, True) == (done.returncode, "no.csv" in done.stderr)
    assert "Traceback" not in done.stderr
