"""A real-life CSV file goes into the catalogue, by request and by command; its books are lent like any other."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.end_to_end.gears import EmbeddedLibrary, ProductionLibrary
from tests.end_to_end.library import Library, done, eventually
from tests.end_to_end.processes import run

SAMPLE = Path(__file__).parent / "samples" / "goodbooks.csv"
COLUMNS = {"published_year": "original_publication_year", "languages": "language_code"}
OWN_COLUMNS = """title,authors,isbns,published_year,subjects
The Glass Orchard,Ada Reuter; Tom Vance,0999991051,1922,gardens; glass
Nine Bridges North,Lena Fält,0-09-999106-3,-44,
"""


async def test_a_spreadsheet_with_columns_of_its_own_is_imported_by_request(library: Library) -> None:
    desk = await library.librarian()

    first, again = await _imported(library, SAMPLE.read_bytes()), await _imported(library, SAMPLE.read_bytes())

    assert {"read": 7, "created": 5, "updated": 0, "skipped": 1, "failed": 1} == _counts(first)
    assert [("1234567890", 4), ("0199991049", 5)] == [
        (error["identifier"], error["record"]) for error in first["errors"]
    ]
    assert {"read": 7, "created": 0, "updated": 0, "skipped": 6, "failed": 1} == _counts(again)
    almanac = await _book(library, "9780099991014")
    assert ["Ottilie Brandt", "Jonas Weil"] == almanac["authors"]
    assert 2008 == almanac["published_year"]
    assert -720 == (await _book(library, "9780099991021"))["published_year"]
    assert 'The "Salt" Letters, and Other Tales (Harbour, #1)' == (await _book(library, "9781999991036"))["title"]
    assert "read" in done(await desk.get(f"{library.books}/v1/imports/{first['import_id']}"))


async def test_a_copy_of_an_imported_book_is_lent_to_a_new_member_and_returned(library: Library) -> None:
    await _imported(library, SAMPLE.read_bytes())
    copy = await library.label((await _book(library, "9780099991021"))["book_id"])
    reader = await library.enrol()

    loan = done(await library.check_out(copy, reader))

    assert "Songs of the Ferrymen, Vol. 2" == loan["title"]
    await library.shows(copy, "on_loan")
    done(await library.give_back(copy))
    await library.shows(copy, "available")


async def test_a_file_with_our_own_columns_is_imported_by_command(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "new books.csv"
    file.write_text(OWN_COLUMNS, encoding="utf-8")

    first = await asyncio.to_thread(_by_command, library, str(file), "--format", "csv")
    again = await asyncio.to_thread(_by_command, library, str(file), "--format", "csv")

    assert 0 == first.returncode, first.stdout + first.stderr
    assert 0 == again.returncode, again.stdout + again.stderr
    orchard = await _book(library, "9780999991053")
    assert (["Ada Reuter", "Tom Vance"], ["gardens", "glass"]) == (orchard["authors"], orchard["subjects"])
    assert -44 == (await _book(library, "9780099991069"))["published_year"]
    assert 1 == len(done(await library.anybody.get(f"{library.books}/v1/books", isbn="9780999991053"))["items"])


async def test_the_command_takes_the_same_spreadsheet(library: Library) -> None:
    await _imported(library, SAMPLE.read_bytes())
    names = [f"--map={field}={column}" for field, column in COLUMNS.items()]

    tried = await asyncio.to_thread(_by_command, library, str(SAMPLE), *names, "--split-authors", ",", "--dry-run")

    told = tried.stdout + tried.stderr
    assert "1234567890" in told, "what was wrong with the fourth record is told"
    assert "Traceback" not in told
    assert ["Ottilie Brandt", "Jonas Weil"] == (await _book(library, "9780099991014"))["authors"]


async def _imported(library: Library, file: bytes) -> dict[str, Any]:
    """Send the file and wait for the end of its import."""
    desk = await library.librarian()
    answer = await library.http.post(
        f"{library.books}/v1/imports",
        params={"format": "csv", "mapping": json.dumps(COLUMNS), "split_authors": ","},
        content=file,
        headers={"Authorization": f"Bearer {desk.token}", "Content-Type": "text/csv"},
    )
    assert 202 == answer.status_code, answer.text
    state: dict[str, Any] = {}

    async def finished() -> bool:
        state.update(done(await desk.get(f"{library.books}{answer.headers['location']}")))
        return state["state"] not in {"queued", "running"}

    await eventually(finished)
    assert "done" == state["state"], state
    return state


def _counts(state: dict[str, Any]) -> dict[str, int]:
    return {name: state[name] for name in ("read", "created", "updated", "skipped", "failed")}


async def _book(library: Library, isbn: str) -> dict[str, Any]:
    (book,) = done(await library.anybody.get(f"{library.books}/v1/books", isbn=isbn))["items"]
    assert isinstance(book, dict)
    return book


def _by_command(library: Library, *arguments: str) -> subprocess.CompletedProcess[str]:
    if isinstance(library, ProductionLibrary):
        environment = library.environment("books")
    else:
        assert isinstance(library, EmbeddedLibrary)
        (database,) = Path(library.process.environment["DATA_DIR"]).glob("*books*.db")
        environment = {"BOOKS_DATABASE_URL": f"sqlite+aiosqlite:///{database}"}
    return run("books_service", "import", *arguments, environment=environment)
