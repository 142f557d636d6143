"""Commands that are killed in the middle of a file: run again, they bring it to the same end."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, select

from loans_service.persistence.fines.fine_tables import fine_entries, fines
from loans_service.persistence.import_tables import imported_records
from loans_service.persistence.tables import circulation_records, holds, loan_history, loans, plumbing
from shared.persistence.database import Database
from tests.end_to_end.processes import Process, run

RECORDS, KILLED_BEHIND, NEVER_BEHIND = 1_000, 200, 500
KEPT = (loans, loan_history, holds, circulation_records, fines, fine_entries, imported_records)
TABLES = {"loans": loans, "holds": holds, "fines": fines}


def record_of(what: str, number: int) -> dict[str, Any]:
    card = {"card_number": f"M{number}"}
    if what == "loans":
        return card | {"barcode": f"C{number}", "checked_out_at": "2026-02-10", "due_at": "2026-03-03"}
    if what == "holds":
        return card | {"book_id": str(UUID(int=number + 1)), "placed_at": "2026-02-01"}
    return card | {"reason": "fee", "amount": 250, "paid": 100, "since": "2025-12-01"}


class Neighbours(ThreadingHTTPServer):
    """Books and members, who know everything that is asked for; they fall silent until `goes_on` is set.

    So nobody who is killed before has come to the end, whatever else this machine does.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.goes_on = Event()
        self.answered = 0

    @property
    def environment(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self.server_address[1]}"
        return {
            "LOANS_BOOKS_URL": address,
            "LOANS_MEMBERS_URL": address,
            "LOANS_CLIENT_SECRET": "not looked at, but of a good length",
        }


class _Answers(BaseHTTPRequestHandler):
    server: Neighbours

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/auth/token":
            self._answer({"access_token": "a token", "expires_in": 900})
            return
        (asked,) = json.loads(content).values()
        if self.path == "/v1/members/standing":
            if self.server.answered >= NEVER_BEHIND:
                self.server.goes_on.wait(60)
            self.server.answered += len(asked)
        known = {"members": _standing, "copies": _copy, "books": _book}[self.path.split("/")[2]]
        self._answer({"items": [{"found": known(one)} for one in asked]})

    def _answer(self, body: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def _standing(asked: dict[str, str]) -> dict[str, Any]:
    member_id = UUID(int=10_000 + int(asked["card_number"].removeprefix("M")))
    allowed = dict.fromkeys(("may_borrow", "may_renew", "may_hold"), True)
    return {"member_id": str(member_id), "category": "adult", "expires_on": "2099-01-01", "refusals": [], **allowed}


def _copy(asked: dict[str, str]) -> dict[str, Any]:
    number = int(asked["barcode"].removeprefix("C"))
    ids = {"copy_id": str(UUID(int=20_000 + number)), "book_id": str(UUID(int=number + 1))}
    where = {"branch": "MAIN", "desk_branch": None, "timezone": "Europe/Vienna"}
    told = {"title": "Emma", "item_type": "book", "lendable": True, "refusals": [], "price": None}
    return ids | where | told | {"barcode": asked["barcode"]}


def _book(asked: dict[str, str]) -> dict[str, Any]:
    return {"book_id": asked["book_id"], "title": "Emma", "holdable_copies": 1, "item_types": ["book"]}


@pytest.fixture
def neighbours() -> Iterator[Neighbours]:
    with Neighbours() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.goes_on.set()
        server.shutdown()


async def count(database: Database, table: Table) -> int:
    return int((await database.first(select(func.count()).select_from(table)))[0])


async def rows(database: Database) -> list[Any]:
    return [
        [tuple(row) for row in await database.rows(select(table).order_by(*table.primary_key.columns))]
        for table in KEPT
    ]


@pytest.mark.parametrize("what", ["loans", "holds", "fines"])
async def test_a_file_that_was_killed_in_the_middle_and_comes_again_is_there_once(
    database: Database, neighbours: Neighbours, tmp_path: Path, what: str
) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(json.dumps(record_of(what, number)) for number in range(RECORDS)), encoding="utf-8")
    url = database.engine.url.render_as_string(hide_password=False)
    environment = neighbours.environment | {"LOANS_DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    command = ("loans_service", "import", what, str(file))

    await be_killed(Process(*command, environment=environment), database, TABLES[what])
    had = await count(database, TABLES[what])
    neighbours.goes_on.set()
    again = await asyncio.to_thread(run, *command, environment=environment)
    whole, told = await rows(database), await count(database, plumbing.outbox)
    once_more = await asyncio.to_thread(run, *command, environment=environment)

    assert KILLED_BEHIND <= had <= NEVER_BEHIND, "it was killed in the middle"
    assert f"Read {RECORDS} records. Have created {RECORDS - had}, updated 0, left {had} as they were; 0 failed.\n" == (
        again.stdout
    ), again.stderr
    assert (RECORDS, RECORDS) == (await count(database, TABLES[what]), await count(database, imported_records))
    assert f"created 0, updated 0, left {RECORDS} as they were; 0 failed." in once_more.stdout
    assert (whole, told) == (await rows(database), await count(database, plumbing.outbox))
    assert {"loans": RECORDS, "holds": RECORDS, "fines": 2 * RECORDS}[what] <= told, "each is told of"


async def be_killed(process: Process, database: Database, table: Table) -> None:
    """Let the command run until some of its records are there, and not further."""
    try:
        process.start()
        async with asyncio.timeout(60):
            while await count(database, table) < KILLED_BEHIND and process.runs:
                await asyncio.sleep(0.01)
        assert process.runs, process.told()
        process.kill()
    finally:
        process.close()
