import gzip
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.web.uploads import MOST_BYTES
from tests.books.api.conftest import Service, bearer, problem
from tests.books.dirt import CREATED, CSV, ERRORS, FAILED, ISBNS, MAPPING, SKIPPED
from tests.books.makers import any_id

DIRTY = urlencode({"format": "csv", "split_authors": ",", "mapping": json.dumps(MAPPING)})
NOTHING = {"read": 0, "created": 0, "updated": 0, "skipped": 0, "failed": 0, "errors": [], "next_cursor": None}


async def test_a_file_is_taken_in_at_once_and_worked_on_later(service: Service) -> None:
    answer = await service.upload(b"title,authors\nEmma,Jane Austen\n")

    queued = answer.json()
    path = f"/v1/imports/{queued['import_id']}"
    assert (202, path) == (answer.status_code, answer.headers["location"])
    kinds = {"copies": dict.fromkeys(("created", "updated", "skipped", "failed"), 0)}
    unsaid: dict[str, Any] = {
        "what": "books",
        "kinds": kinds,
        "left_out": {},
        "match": [],
        "protect": [],
        "undoes": None,
        "version": 1,
    }
    assert NOTHING | unsaid | {"state": "queued", "format": "csv", "dry_run": False, "finished_at": None} == {
        name: value for name, value in queued.items() if name not in {"import_id", "created_at"}
    }
    waiting = await service.get(path, by="librarian")
    assert (queued, "1", "1") == (waiting.json(), answer.headers["retry-after"], waiting.headers["retry-after"])
    assert await service.library.work()
    done = await service.get(path, by="librarian", if_none_match=answer.headers["etag"])
    ended = {"state": "done", "read": 1, "created": 1, "finished_at": "2026-03-02T10:00:00Z", "version": 4}
    assert queued | ended == done.json()
    assert "retry-after" not in done.headers
    assert 304 == (await service.get(path, by="librarian", if_none_match=done.headers["etag"])).status_code
    (book,) = (await service.get("/v1/books")).json()["items"]
    assert ("Emma", ["Jane Austen"]) == (book["title"], book["authors"])


async def test_a_file_that_went_through_a_spreadsheet_is_mended_where_that_can_be_proved(service: Service) -> None:
    path = (await service.upload(CSV.encode(), query=DIRTY)).headers["location"]
    await service.library.work()

    done = (await service.get(path, by="librarian")).json()
    books = {book["title"]: book for book in (await service.get("/v1/books?limit=100")).json()["items"]}

    assert ("done", CREATED, 0, SKIPPED, FAILED) == tuple(
        done[name] for name in ("state", "created", "updated", "skipped", "failed")
    )
    assert done["read"] == done["created"] + done["skipped"] + done["failed"]
    assert ERRORS == [(error["record"], error["identifier"], error["code"]) for error in done["errors"]]
    assert set(ISBNS.values()) == {isbn for book in books.values() for isbn in book["isbns"]}
    odyssey = books["The Odyssey"]
    assert (-720, ["Homer", "Robert Fagles", "E.V. Rieu"], ["eng"]) == (
        odyssey["published_year"],
        odyssey["authors"],
        odyssey["languages"],
    )
    assert [] == books['A title, with "quotes"']["isbns"]
    assert (["eng"], ["Anthony Ryan"]) == (
        books["To Kill a Mockingbird"]["languages"],
        books["Blood Song (Raven's Shadow, #1)"]["authors"],
    )


async def test_the_same_file_again_changes_nothing(service: Service) -> None:
    for _ in range(2):
        answer = await service.upload(CSV.encode(), query=DIRTY)
        await service.library.work()
    events = len(await service.library.events())

    done = (await service.get(answer.headers["location"], by="librarian")).json()

    assert (0, 0, CREATED + SKIPPED, FAILED) == tuple(
        done[name] for name in ("created", "updated", "skipped", "failed")
    )
    assert ERRORS == [(error["record"], error["identifier"], error["code"]) for error in done["errors"]]
    assert CREATED == events


async def test_the_files_in_the_document_can_be_sent_as_they_stand(service: Service) -> None:
    body = service.app.openapi()["paths"]["/v1/imports"]["post"]["requestBody"]
    examples = body["content"]["application/octet-stream"]["examples"]

    assert {"csv", "json", "yaml", "marcxml", "marc"} == examples.keys()
    for format, shown in examples.items():
        answer = await service.upload(shown["value"].encode(), query=f"format={format}")
        await service.library.work()
        done = (await service.get(answer.headers["location"], by="librarian")).json()
        assert ("done", 1, 0, []) == (done["state"], done["read"], done["failed"], done["errors"]), format


async def test_a_dry_run_changes_nothing(service: Service) -> None:
    answer = await service.upload(CSV.encode(), query=f"{DIRTY}&dry_run=true")
    await service.library.work()

    done = (await service.get(answer.headers["location"], by="librarian")).json()

    assert ("done", True, CREATED) == (done["state"], done["dry_run"], done["created"])
    assert [] == (await service.get("/v1/books")).json()["items"]


async def test_errors_are_paged_after_a_hundred(service: Service) -> None:
    rows = "".join(f"Volume {number},1\n" for number in range(1, 251))
    path = (await service.upload(f"title,isbns\n{rows}".encode())).headers["location"]
    await service.library.work()

    pages = [await service.get(path, by="librarian")]
    while link := pages[-1].links.get("next"):
        pages.append(await service.get(link["url"], by="librarian"))

    assert [100, 100, 50] == [len(page.json()["errors"]) for page in pages]
    assert list(range(1, 251)) == [error["record"] for page in pages for error in page.json()["errors"]]
    assert [250] * 3 == [page.json()["read"] for page in pages]


async def test_a_file_without_the_columns_fails_and_says_so(service: Service) -> None:
    path = (await service.upload(b"author\nJane Austen\n")).headers["location"]
    await service.library.work()

    failed = (await service.get(path, by="librarian")).json()

    (error,) = failed["errors"]
    assert ("failed", 0, "column-not-found") == (failed["state"], error["record"], error["code"])
    assert "author" in error["detail"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("format=bibtex", "format-not-supported"),
        ("format=CSV", "format-not-supported"),
        ("", "format-missing"),
        ("format=csv&mapping=x", "invalid-mapping"),
        ("format=marc&mapping={%22title%22:%22245%22}", "invalid-mapping"),
        ("format=csv&mapping=[]", "invalid-mapping"),
        ("format=csv&mapping={%22title%22:1}", "invalid-mapping"),
        ("format=csv&mapping={%22title%22:%22%22}", "invalid-mapping"),
        ("format=csv&mapping={%22colour%22:%22color%22}", "invalid-mapping"),
        (f"format=csv&mapping={'[' * 3_000}", "invalid-mapping"),
        ("format=csv&dry_run=perhaps", "invalid-request"),
        ("format=csv&split_authors=", "invalid-request"),
        ("format=csv&delimiter=;", "invalid-request"),
        ("format=csv&format=csv", "invalid-request"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused(service: Service, query: str, code: str) -> None:
    answer = await service.upload(b"title\nEmma\n", query=query)

    assert (422, code) == problem(answer)
    assert not await service.library.work()


async def test_the_same_upload_again_is_one_import(service: Service) -> None:
    first = await service.upload(b"title\nEmma\n", key="k-1")
    again = await service.upload(b"title\nEmma\n", key="k-1")

    assert (202, first.content, "true") == (again.status_code, again.content, again.headers["idempotency-replayed"])
    assert (422, "idempotency-key-reused") == problem(await service.upload(b"title\nEmma!\n", key="k-1"))
    assert (422, "idempotency-key-reused") == problem(
        await service.upload(b"title\nEmma\n", query="format=csv&dry_run=true", key="k-1")
    )
    assert (422, "invalid-idempotency-key") == problem(await service.upload(b"title\nEmma\n", key="k " * 200))
    assert await service.library.work()
    assert not await service.library.work()


async def test_a_file_larger_than_other_bodies_may_be_is_taken_in_piece_by_piece(service: Service) -> None:
    row = f"Emma,{'x' * 9_000}\n".encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"title,description\n"
        for _ in range(300):
            yield row

    answer = await service.http.post("/v1/imports?format=csv", content=pieces(), headers=bearer("librarian"))
    await service.library.work()

    assert 202 == answer.status_code
    done = (await service.get(answer.headers["location"], by="librarian")).json()
    assert (300, 1, 299) == (done["read"], done["created"], done["skipped"])


async def test_a_file_that_is_too_large_is_refused(service: Service) -> None:
    too_long = {"Content-Length": str(MOST_BYTES + 1), "Content-Type": "text/csv"}

    answer = await service.http.post("/v1/imports?format=csv", content=b"x", headers=bearer("librarian") | too_long)

    assert (413, "too-large") == problem(answer)


async def test_a_file_that_does_not_say_how_large_it_is_is_refused_when_it_has_become_too_large(
    service: Service,
) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 200 * 2**20:
            sent += 2**20
            yield b"title\n" + b"x" * (2**20 - 6)

    answer = await service.http.post("/v1/imports?format=csv", content=pieces(), headers=bearer("librarian"))

    assert (413, "too-large") == problem(answer)
    assert sent < MOST_BYTES + 10 * 2**20
    assert not await service.library.work()


@pytest.mark.parametrize(("by", "status"), [(None, 401), ("member", 403), ("loans", 403)])
async def test_only_cataloguers_import_and_look_at_imports(service: Service, by: str | None, status: int) -> None:
    headers = bearer(by) if by else {}

    upload = await service.http.post("/v1/imports?format=csv", content=b"title\nEmma\n", headers=headers)
    look = await service.get(f"/v1/imports/{any_id()}", by=by)

    assert (status, status) == (upload.status_code, look.status_code)
    assert not await service.library.work()


async def test_an_unknown_import_is_not_found(service: Service) -> None:
    assert (404, "import-not-found") == problem(await service.get(f"/v1/imports/{any_id()}", by="librarian"))


@pytest.mark.parametrize("format", ["csv", "json", "marc", "marcxml", "yaml"])
async def test_a_packed_file_is_refused_at_once(service: Service, format: str) -> None:
    bomb = gzip.compress(b"title\n" + b"x" * 10_000_000)

    answer = await service.upload(bomb, query=f"format={format}")

    assert (422, "file-packed") == problem(answer)
    assert not await service.library.work()


async def test_a_packed_body_is_refused_whatever_is_in_it(service: Service) -> None:
    headers = bearer("librarian") | {"Content-Type": "text/csv", "Content-Encoding": "gzip"}

    answer = await service.http.post("/v1/imports?format=csv", content=gzip.compress(b"title\n"), headers=headers)

    assert (415, "unsupported-media-type") == problem(answer)
