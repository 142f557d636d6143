"""Whatever is sent, the answer is the right problem document and never a 500."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shared.web.cursors import Cursors
from tests.books.api.conftest import KEY, Service, bearer, problem
from tests.books.makers import EMMA, NOW, any_id
from tests.shared.bad_input import (
    BadRequest,
    Good,
    bad_authorization,
    bad_bodies,
    bad_headers,
    bad_keys,
    bad_targets,
    check_answer,
    check_problem,
)
from tests.shared.hostile_tokens import hostile_tokens

BOOK = Good(
    "/v1/books", {"title": "Emma", "authors": ["Jane Austen"], "published_year": 1815}, "title", "published_year"
)
COPY = Good(f"/v1/books/{EMMA}/copies", {"barcode": "1", "branch": "MAIN", "shelf_mark": "AUS"}, "shelf_mark")
STATUS = Good(f"/v1/copies/{EMMA}/status", {"status": "missing", "reason": "torn"}, "reason")
BOOK_PATCH = Good(f"/v1/books/{EMMA}", {"title": "Emma", "published_year": 1815}, "title", "published_year")
AUTHORITY = Good("/v1/authorities", {"kind": "person", "heading": "Twain, Mark"}, "heading")
AUTHORITY_PATCH = Good(f"/v1/authorities/{EMMA}", {"heading": "Twain, Mark"}, "heading")
COPY_PATCH = Good(f"/v1/copies/{EMMA}", {"shelf_mark": "AUS"}, "shelf_mark")
BRANCH_PATCH = Good("/v1/branches/NOWHERE", {"name": "Eastern branch"}, "name")
BRANCH = Good("/v1/branches", {"code": "EAST", "name": "Eastern branch"}, "name")


def of_route(name: str, requests: Iterator[BadRequest]) -> list[tuple[str, BadRequest]]:
    return [(f"{name}: {bad.name}", bad) for bad in requests]


def as_change(method: str, requests: Iterator[BadRequest]) -> Iterator[BadRequest]:
    """Send them as another method; an empty patch is a good one."""
    for bad in requests:
        if (method, bad.name) != ("PATCH", "an empty object"):
            yield replace(bad, method=method, headers=(*bad.headers, ("If-Match", "*")))


BAD = [
    *of_route("books", bad_bodies(BOOK)),
    *of_route("books", bad_keys(BOOK)),
    *of_route("books", bad_targets("/v1/books")),
    *of_route("books", bad_headers("/v1/books")),
    *of_route("copies", bad_bodies(COPY)),
    *of_route("copies", bad_keys(COPY)),
    *of_route("copies of a book", bad_targets(f"/v1/books/{EMMA}/copies", item="/v1/copies")),
    *of_route("status", bad_bodies(STATUS)),
    *of_route("branches", bad_bodies(BRANCH)),
    *of_route("a book replaced", as_change("PUT", bad_bodies(replace(BOOK, path=BOOK_PATCH.path)))),
    *of_route("a book revised", as_change("PATCH", bad_bodies(BOOK_PATCH))),
    *of_route("a copy revised", as_change("PATCH", bad_bodies(COPY_PATCH))),
    *of_route("a branch revised", as_change("PATCH", bad_bodies(BRANCH_PATCH))),
    *of_route("authorities", bad_bodies(AUTHORITY)),
    *of_route("authorities", bad_targets("/v1/authorities")),
    *of_route("an authority revised", as_change("PATCH", bad_bodies(AUTHORITY_PATCH))),
    *of_route("branches", bad_targets("/v1/branches")),
    *of_route("lendability", bad_authorization("/v1/copies/lendability?barcode=1")),
]


async def test_bad_input_is_refused(service: Service) -> None:
    wrong = []
    for name, bad in BAD:
        answer = await bad.send(service.http, bearer("librarian"))
        try:
            check_answer(bad, answer)
        except AssertionError as error:
            wrong.append(f"{name}: {error}")

    assert [] == wrong


async def test_hostile_tokens_get_nobody_in(service: Service) -> None:
    for hostile in hostile_tokens(KEY):
        if not hostile.fits_in_a_header:
            continue
        headers = {"Authorization": f"Bearer {hostile.token}"}
        for answer in (
            await service.http.get("/v1/copies/lendability?barcode=1", headers=headers),
            await service.http.post("/v1/books", json=BOOK.body, headers=headers),
        ):
            assert 401 == answer.status_code, hostile.name
            check_problem(answer)


PLACES = [
    (NOW.replace(tzinfo=None).isoformat(), str(EMMA)),
    ("0001-01-01T00:00:00+23:00", str(EMMA)),
    ("9999-12-31T23:59:59-23:00", str(EMMA)),
    ("2026-03-02", "x"),
    (NOW, 17),
    ("a\x00b", str(EMMA)),
    ("x" * 500, str(EMMA)),
    (2**62, 2**62),
    (-1,),
    (2**40,),
    ("\x00",),
    ({},),
    (),
    ([],),
]


@pytest.mark.parametrize("place", PLACES, ids=str)
async def test_a_forged_cursor_leads_nowhere(service: Service, place: tuple[object, ...]) -> None:
    for path in (
        "/v1/books?",
        "/v1/books?sort=title&",
        "/v1/branches?",
        f"/v1/books/{EMMA}/copies?",
        f"/v1/books/{EMMA}/history?",
        f"/v1/copies/{EMMA}/history?",
        f"/v1/imports/{any_id()}?",
    ):
        cursor = Cursors(path.partition("?")[0]).write(place)
        answer = await service.get(f"{path}cursor={cursor}", by="librarian")

        assert answer.status_code in {200, 404, 422}, answer.text


async def test_a_file_may_hold_anything(service: Service) -> None:
    heads = (b"", b"title,isbns\n", b"\xff\xfe", b"PK\x03\x04")
    for content in (
        b"",
        b"\x00" * 100,
        b'"' * 1_001,
        b"\n" * 100,
        b"a,b\n" * 50,
        bytes(range(256)),
        b"\xed\xa0\x80",
        b'"\n' * 500,
    ):
        for head in heads:
            answer = await service.upload(head + content)
            if head.startswith(b"PK") and content:
                assert (422, "file-packed") == problem(answer)
                continue
            assert 202 == answer.status_code
            assert await service.library.work()
            assert 200 == (await service.get(answer.headers["location"], by="librarian")).status_code
