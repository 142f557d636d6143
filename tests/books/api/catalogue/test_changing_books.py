import asyncio
from typing import Any

import pytest
from hypothesis import given, settings

from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.record import BookRecord
from tests.books.api.catalogue.test_books import FULL
from tests.books.api.conftest import Service, problem
from tests.books.makers import EMMA, ISBN, NOW, any_id
from tests.books.strategies import RECORDS

BARE = {"title": "Emma", "authors": []}


def fields_of(book: dict[str, Any]) -> dict[str, Any]:
    """Return what was said of a book, without what the catalogue adds."""
    added = {"book_id", "added_at", "availability", "hidden", "isbn10", "isbn_hyphenated", "number", "version"}
    return {name: value for name, value in book.items() if name not in added}


@pytest.fixture
async def path(service: Service) -> str:
    return str((await service.post("/v1/books", FULL)).headers["location"])


async def test_what_is_shown_can_be_put_back_and_changes_nothing(service: Service, path: str) -> None:
    shown = (await service.get(path)).json()

    answer = await service.change("PUT", path, fields_of(shown))

    assert (200, '"1"', shown) == (answer.status_code, answer.headers["etag"], answer.json())
    assert 1 == len(await service.library.events())


@settings(max_examples=25)
@given(record=RECORDS)
async def test_whatever_a_file_may_have_brought_can_be_put_back(service: Service, record: BookRecord) -> None:
    await service.library.clear()
    async with service.library.unit_of_work() as uow:
        uow.books.add(Book(id=EMMA, record=record, now=NOW))
        await uow.commit()
    shown = (await service.get(f"/v1/books/{EMMA}", by="librarian")).json()

    answer = await service.change("PUT", f"/v1/books/{EMMA}", fields_of(shown))

    assert (200, shown) == (answer.status_code, answer.json())
    assert "1" == answer.headers["etag"].strip('"').partition("-")[0]


async def test_of_two_who_change_the_same_version_at_once_one_succeeds(service: Service, path: str) -> None:
    for version in range(1, 6):
        patches = [{"edition": f"{version}a"}, {"edition": f"{version}b"}]
        answers = await asyncio.gather(
            *(service.change("PATCH", path, patch, if_match=f'"{version}"') for patch in patches)
        )
        assert [200, 412] == sorted(answer.status_code for answer in answers)


async def test_of_two_books_that_get_the_same_isbn_at_once_one_keeps_it(service: Service) -> None:
    first, second = await service.add_book(title="Emma"), await service.add_book(title="Villette")

    answers = await asyncio.gather(
        *(service.change("PATCH", f"/v1/books/{book['book_id']}", {"isbns": [ISBN]}) for book in (first, second))
    )

    assert [200, 409] == sorted(answer.status_code for answer in answers)
    (refused,) = [answer for answer in answers if answer.status_code == 409]
    (kept,) = [answer for answer in answers if answer.status_code == 200]
    assert (409, "isbn-already-catalogued", kept.json()["book_id"]) == (*problem(refused), refused.json()["book_id"])


async def test_put_replaces_everything_and_empties_what_is_left_out(service: Service, path: str) -> None:
    answer = await service.change("PUT", path, BARE)

    book = answer.json()
    assert (200, '"2"', "Emma", []) == (answer.status_code, answer.headers["etag"], book["title"], book["authors"])
    assert {None} == {book[name] for name in ("subtitle", "place", "publisher", "published_year", "edition")}
    assert [[]] * 4 == [book[name] for name in ("isbns", "languages", "variant_titles", "own_script")]
    assert [[]] * 4 == [book[name] for name in ("contributors", "identifiers", "series", "subjects")]
    assert book == (await service.get(path)).json()


async def test_patch_changes_what_is_given_and_null_empties(service: Service, path: str) -> None:
    before = fields_of((await service.get(path)).json())
    patch = {"title": "EMMA", "isbns": None, "series": [{"title": "Novels", "number": "2"}], "subjects": None}

    answer = await service.change("PATCH", path, patch)

    assert (200, '"2"') == (answer.status_code, answer.headers["etag"])
    assert before | patch | {"isbns": [], "subjects": []} == fields_of(answer.json())
    assert "books.book.revised" == (await service.library.events())[-1][0]


async def test_a_change_that_changes_nothing_is_told_to_nobody(service: Service, path: str) -> None:
    for patch in ({}, {"title": " Emma "}, {"isbns": ["978-0-14-143958-7", "0141439513"]}):
        answer = await service.change("PATCH", path, patch)
        assert (200, '"1"') == (answer.status_code, answer.headers["etag"])

    assert 1 == len(await service.library.events())


@pytest.mark.parametrize(("method", "body"), [("PUT", BARE), ("PATCH", {"edition": "3rd"})])
async def test_a_change_names_the_version_that_it_changes(
    service: Service, path: str, method: str, body: dict[str, Any]
) -> None:
    assert (428, "if-match-required") == problem(await service.change(method, path, body, if_match=None))
    assert (412, "out-of-date") == problem(await service.change(method, path, body, if_match='"2"'))
    assert (400, "invalid-if-match") == problem(await service.change(method, path, body, if_match="1"))
    assert 200 == (await service.change(method, path, body, if_match='"1"')).status_code
    assert (412, "out-of-date") == problem(await service.change(method, path, body, if_match='"1"'))
    assert 200 == (await service.change(method, path, body, if_match="*")).status_code


async def test_the_tag_of_a_book_with_copies_guards_its_change(service: Service) -> None:
    book, _ = await service.shelve("1")
    path = f"/v1/books/{book['book_id']}"
    tag = (await service.get(path)).headers["etag"]

    answer = await service.change("PATCH", path, {"edition": "2nd"}, if_match=tag)

    assert 200 == answer.status_code
    assert answer.headers["etag"].startswith('"2-1c1l1a0r0o0h')


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"title": None}, "/title", "string-type"),
        ({"title": ""}, "/title", "text-empty"),
        ({"isbns": ["9780141439588"]}, "/isbns/0", "invalid-isbn"),
        ({"languages": ["xx"]}, "/languages/0", "invalid-language"),
        ({"authors": [None]}, "/authors/0", None),
        ({"contributors": [{"name": "Ada"}]}, "/contributors/0/role", "missing"),
        ({"book_id": "1"}, "/book_id", "extra-forbidden"),
        ({"availability": {}}, "/availability", "extra-forbidden"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_its_place(
    service: Service, path: str, body: dict[str, Any], pointer: str, code: str | None
) -> None:
    answer = await service.change("PATCH", path, body)

    assert 422 == answer.status_code
    (error,) = answer.json()["errors"]
    assert pointer == error["pointer"]
    assert code in (None, error["code"])


async def test_a_book_without_title_is_no_replacement(service: Service, path: str) -> None:
    answer = await service.change("PUT", path, {"edition": "2nd"})

    assert ["/title"] == [error["pointer"] for error in answer.json()["errors"]]


async def test_a_book_without_copies_is_removed_for_good(service: Service, path: str) -> None:
    answer = await service.change("DELETE", path, if_match=None)

    assert (204, b"") == (answer.status_code, answer.content)
    assert (404, "book-not-found") == problem(await service.get(path))
    assert (404, "book-not-found") == problem(await service.change("DELETE", path))
    assert "books.book.removed" == (await service.library.events())[-1][0]
    await service.add_book(isbns=[ISBN])


async def test_the_removal_of_another_version_than_the_one_seen_is_refused(service: Service, path: str) -> None:
    assert (412, "out-of-date") == problem(await service.change("DELETE", path, if_match='"2"'))
    assert (400, "invalid-if-match") == problem(await service.change("DELETE", path, if_match="1"))
    assert 204 == (await service.change("DELETE", path, if_match='"1"')).status_code


async def test_the_history_tells_who_changed_what_page_by_page(service: Service, path: str) -> None:
    await service.change("PATCH", path, {"edition": "3rd", "subjects": []}, by="admin")
    await service.change("DELETE", path, if_match="*")

    first = (await service.get(f"{path}/history?limit=2", by="librarian")).json()
    rest = (await service.get(f"{path}/history?limit=2&cursor={first['next_cursor']}", by="librarian")).json()

    removed, revised = first["items"]
    (added,) = rest["items"]
    assert [("removed", "librarian"), ("revised", "admin"), ("added", "librarian")] == [
        (change["act"], change["by"]) for change in (removed, revised, added)
    ]
    assert ("2026-03-02T10:00:00Z", [], None) == (added["at"], added["changed"], rest["next_cursor"])
    assert {"edition": ("2nd", "3rd"), "subjects": (["Matchmaking", "England"], [])} == {
        change["field"]: (change["before"], change["after"]) for change in revised["changed"]
    }


async def test_only_cataloguers_see_the_history_and_only_of_what_there_is(service: Service, path: str) -> None:
    assert (401, "not-authenticated") == problem(await service.get(f"{path}/history"))
    assert (403, "forbidden") == problem(await service.get(f"{path}/history", by="member"))
    assert (404, "book-not-found") == problem(await service.get(f"/v1/books/{any_id()}/history", by="librarian"))
    assert (422, "invalid-cursor") == problem(await service.get(f"{path}/history?cursor=x", by="librarian"))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_only_cataloguers_change_books_and_only_those_that_are_there(
    service: Service, path: str, method: str
) -> None:
    body = None if method == "DELETE" else BARE
    assert (401, "not-authenticated") == problem(await service.change(method, path, body, by=None))
    assert (403, "forbidden") == problem(await service.change(method, path, body, by="member"))
    assert (404, "book-not-found") == problem(await service.change(method, f"/v1/books/{any_id()}", body))


async def test_an_article_is_named_and_stays_with_a_title_that_begins_with_it(service: Service, path: str) -> None:
    named = await service.change("PATCH", path, {"title": "The sea", "nonfiling_characters": 4})
    kept = await service.change("PATCH", path, {"title": "The ocean"}, if_match='"2"')
    gone = await service.change("PATCH", path, {"title": "Ocean"}, if_match='"3"')
    wrong = await service.change("PATCH", path, {"nonfiling_characters": 10}, if_match='"4"')

    assert [4, 4, None] == [answer.json()["nonfiling_characters"] for answer in (named, kept, gone)]
    assert (422, "invalid-request") == problem(wrong)
