from typing import Any
from uuid import UUID

import pytest

from tests.books.api.conftest import Service, bearer, problem
from tests.books.makers import ISBN, OTHER_ISBN, any_id

FULL = {
    "title": "Emma",
    "authors": ["Jane Austen"],
    "contributors": [{"name": "Fiona Stafford", "role": "editor"}, {"name": "Fiona Stafford", "role": "introducer"}],
    "isbns": ["0-14-143958-0", "978-0-14-143951-8"],
    "identifiers": [
        {"scheme": "oclc", "value": "51086742", "source": None},
        {"scheme": "control_number", "value": "99 1234", "source": "DLC"},
        {"scheme": "other", "value": "Z-7", "source": "shelf list"},
    ],
    "subtitle": "A Novel",
    "variant_titles": ["Emma Woodhouse"],
    "own_script": [{"field": "title", "text": "Эмма"}, {"field": "authors", "text": "Остин, Джейн"}],
    "place": "London",
    "nonfiling_characters": None,
    "publisher": "Penguin",
    "published_year": 1815,
    "edition": "2nd",
    "languages": ["en", "rus"],
    "series": [{"title": "Penguin Classics", "number": "12a"}, {"title": "Novels", "number": None}],
    "subjects": ["Matchmaking", "England"],
    "description": "One.\nTwo.",
    "format": "large_print",
    "extent": "xii, 474 pages",
    "audience": "adult",
    "classification": [{"value": "823.7", "scheme": "ddc"}, {"value": "PR4034", "scheme": None}],
    "notes": ["With a map."],
    "links": [{"url": "https://www.gutenberg.org/ebooks/158", "label": "Full text"}],
    "external_id": "bib-158",
    "suppressed": False,
    "tags": ["large print", "summer reading"],
    "attributes": [{"name": "donor", "value": "Ada"}],
    "heading_uris": [{"heading": "Jane Austen", "uri": "https://viaf.org/viaf/102333412"}],
}
NOWHERE = {
    "copies": 0,
    "lendable": 0,
    "available": 0,
    "requested": 0,
    "on_loan": 0,
    "on_hold_shelf": 0,
    "hidden_copies": 0,
    "branches": [],
}


async def test_a_book_is_added_and_shown(service: Service) -> None:
    answer = await service.post("/v1/books", FULL)

    book = answer.json()
    assert 201 == answer.status_code
    forms = {"isbns": [ISBN, OTHER_ISBN], "isbn_hyphenated": "978-0-14-143958-7", "isbn10": "0141439580"}
    usual = {"availability": NOWHERE, "hidden": False, "relations": [], "number": 1, "version": 1}
    assert FULL | forms | usual == {name: value for name, value in book.items() if name not in {"book_id", "added_at"}}
    assert 7 == UUID(book["book_id"]).version
    assert "2026-03-02T10:00:00Z" == book["added_at"]
    assert (f"/v1/books/{book['book_id']}", '"1"') == (answer.headers["location"], answer.headers["etag"])
    shown = await service.get(answer.headers["location"])
    assert (200, book, '"1"') == (shown.status_code, shown.json(), shown.headers["etag"])


async def test_what_is_not_said_is_null_or_empty(service: Service) -> None:
    book = await service.add_book()

    assert ([], None, None) == (book["isbns"], book["isbn10"], book["isbn_hyphenated"])
    assert (None, [], [], []) == (book["published_year"], book["subjects"], book["contributors"], book["identifiers"])


async def test_an_isbn_that_begins_with_979_has_no_form_of_ten_digits(service: Service) -> None:
    book = await service.add_book(isbns=["979-10-90636-07-1"])

    assert (["9791090636071"], "979-10-90636-07-1", None) == (book["isbns"], book["isbn_hyphenated"], book["isbn10"])


async def test_the_same_isbn_again_is_refused_with_the_book_that_has_it(service: Service) -> None:
    book = await service.add_book(isbns=[ISBN])

    answer = await service.post("/v1/books", FULL)

    assert (409, "isbn-already-catalogued") == problem(answer)
    assert book["book_id"] == answer.json()["book_id"] == answer.json()["errors"][0]["book_id"]


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"isbns": [ISBN, "9780141439588"]}, "/isbns/1", "invalid-isbn"),
        ({"isbns": ["\uff11\uff12\uff13"]}, "/isbns/0", "invalid-isbn"),
        ({"languages": ["en", "english"]}, "/languages/1", "invalid-language"),
        ({"published_year": 10_000}, "/published_year", "less-than-equal"),
        ({"published_year": "1815"}, "/published_year", "int-type"),
        ({"published_year": 1815.5}, "/published_year", None),
        ({"title": " "}, "/title", "text-empty"),
        ({"title": None}, "/title", "string-type"),
        ({"authors": "Jane Austen"}, "/authors", None),
        ({"authors": [""]}, "/authors/0", "text-empty"),
        ({"subjects": ["a\u0000b"]}, "/subjects/0", "text-control-character"),
        ({"contributors": [{"name": "Emma", "role": "author"}]}, "/contributors/0/role", "literal-error"),
        ({"contributors": [{"name": " ", "role": "editor"}]}, "/contributors/0/name", "text-empty"),
        ({"identifiers": [{"scheme": "asin", "value": "B00"}]}, "/identifiers/0/scheme", "literal-error"),
        ({"series": [{"number": "1"}]}, "/series/0/title", "missing"),
        ({"series": ["Penguin Classics"]}, "/series/0", None),
        ({"own_script": [{"field": "extent", "text": "стр."}]}, "/own_script/0/field", "literal-error"),
        ({"isbn": ISBN}, "/isbn", "extra-forbidden"),
        ({"colour": "red"}, "/colour", "extra-forbidden"),
    ],
    ids=str,
)  # fmt: skip
async def test_what_cannot_be_is_refused_at_its_place(
    service: Service, wrong: dict[str, Any], pointer: str, code: str | None
) -> None:
    answer = await service.post("/v1/books", {"title": "Emma", "authors": ["Jane Austen"]} | wrong)

    assert 422 == answer.status_code
    (error,) = answer.json()["errors"]
    assert pointer == error["pointer"]
    assert code in (None, error["code"])


@pytest.mark.parametrize("without_author", [{}, {"authors": []}], ids=str)
async def test_a_title_without_an_author_is_entered_and_kept(service: Service, without_author: dict[str, Any]) -> None:
    film = {"title": "Metropolis", "contributors": [{"name": "Fritz Lang", "role": "director"}]}

    entered = await service.post("/v1/books", film | without_author)
    anew = film | without_author | {"edition": "2nd"}
    replaced = await service.change("PUT", entered.headers["Location"], anew)

    assert (201, []) == (entered.status_code, entered.json()["authors"])
    assert (200, []) == (replaced.status_code, replaced.json()["authors"])


async def test_what_is_no_value_and_what_is_no_isbn_are_told_together(service: Service) -> None:
    wrong = {
        "title": " ",
        "authors": [" "],
        "isbns": ["97801404347O5"],
        "languages": ["english"],
        "series": [{"title": 1}, 2],
    }

    answer = await service.post("/v1/books", wrong)

    assert (422, "invalid-request") == problem(answer)
    errors = {error["pointer"]: error for error in answer.json()["errors"]}
    assert {"/title", "/authors/0", "/isbns/0", "/languages/0", "/series/0/title", "/series/1"} == errors.keys()
    assert ("invalid-isbn", 12) == (errors["/isbns/0"]["code"], errors["/isbns/0"]["position"])
    assert "This must be an object." == errors["/series/1"]["detail"]


async def test_all_that_is_wrong_with_a_copy_or_a_branch_is_told_together(service: Service) -> None:
    book = await service.add_book()
    of_copy = {"barcode": "ü", "branch": "NOWHERE", "item_type": "Big Book"}
    of_branch = {"code": "?", "name": "", "timezone": "europe/vienna"}

    copy = await service.post(f"/v1/books/{book['book_id']}/copies", of_copy)
    branch = await service.post("/v1/branches", of_branch)

    assert ["/barcode", "/item_type"] == [error["pointer"] for error in copy.json()["errors"]]
    assert ["/code", "/name", "/timezone"] == [error["pointer"] for error in branch.json()["errors"]]


async def test_everything_that_is_wrong_is_told_at_once(service: Service) -> None:
    answer = await service.post("/v1/books", FULL | {"isbns": ["1"], "languages": ["xx"]})

    assert ["/isbns/0", "/languages/0"] == sorted(error["pointer"] for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("by", "refusal"),
    [(None, (401, "not-authenticated")), ("member", (403, "forbidden")), ("loans", (403, "forbidden"))],
)
@pytest.mark.parametrize("path", ["/v1/books", f"/v1/books/{any_id()}/copies"], ids=["book", "copy"])
async def test_only_cataloguers_change_the_catalogue(
    service: Service, path: str, by: str | None, refusal: tuple[int, str]
) -> None:
    answer = await service.post(path, FULL, by=by)

    assert refusal == problem(answer)
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_same_request_again_brings_the_same_book(service: Service) -> None:
    first = await service.post("/v1/books", FULL, key="k-1")
    again = await service.post("/v1/books", dict(reversed(FULL.items())), key="k-1")

    assert (201, 201, "true") == (first.status_code, again.status_code, again.headers["idempotency-replayed"])
    assert first.content == again.content
    assert (first.headers["location"], first.headers["etag"]) == (again.headers["location"], again.headers["etag"])
    assert 1 == len(await service.library.events())
    assert (422, "idempotency-key-reused") == problem(
        await service.post("/v1/books", FULL | {"edition": "3rd"}, key="k-1")
    )


async def test_a_book_that_the_client_has_already_is_not_sent_again(service: Service) -> None:
    book = await service.add_book()
    path = f"/v1/books/{book['book_id']}"

    assert 304 == (await service.get(path, if_none_match='"1"')).status_code
    assert 304 == (await service.get(path, if_none_match='"7", W/"1"')).status_code
    assert 200 == (await service.get(path, if_none_match='"2"')).status_code


async def test_a_changed_availability_is_sent_even_though_the_book_is_the_same(service: Service) -> None:
    book, (copy,) = await service.shelve("1")
    path = f"/v1/books/{book['book_id']}"
    before = await service.get(path)
    await service.library.hear(UUID(copy["copy_id"]), "on_loan", sequence=1)

    after = await service.get(path, if_none_match=before.headers["etag"])

    assert 200 == after.status_code
    assert {
        "hidden_copies": 0,
        "copies": 1,
        "lendable": 1,
        "available": 0,
        "requested": 0,
        "on_loan": 1,
        "on_hold_shelf": 0,
        "branches": [{"branch": "MAIN", "copies": 1, "lendable": 1, "available": 0}],
    } == after.json()["availability"]
    assert 304 == (await service.get(path, if_none_match=after.headers["etag"])).status_code


async def test_books_are_listed_newest_first_and_page_by_page(service: Service) -> None:
    for number in range(5):
        await service.add_book(title=f"Volume {number}")

    first = (await service.get("/v1/books?limit=2")).json()
    second = await service.get(f"/v1/books?limit=2&cursor={first['next_cursor']}")
    third = await service.get(second.links["next"]["url"])

    shown = [book["title"] for page in (first, second.json(), third.json()) for book in page["items"]]
    assert [f"Volume {number}" for number in (4, 3, 2, 1, 0)] == shown
    assert {"next", "prev", "first"} == second.links.keys()
    assert third.json()["next_cursor"] is None
    assert {"prev", "first"} == third.links.keys()


async def test_books_are_listed_by_title(service: Service) -> None:
    for title in ("Émile", "emma", "Ada"):
        await service.add_book(title=title)

    first = (await service.get("/v1/books?sort=title&limit=2")).json()
    second = (await service.get(f"/v1/books?sort=title&limit=2&cursor={first['next_cursor']}")).json()

    assert ["Ada", "Émile", "emma"] == [book["title"] for book in first["items"] + second["items"]]
    assert (422, "invalid-cursor") == problem(await service.get(f"/v1/books?cursor={first['next_cursor']}"))


async def test_a_book_is_found_by_isbn(service: Service) -> None:
    book = await service.add_book(isbns=[ISBN])
    await service.add_book()

    found = (await service.get("/v1/books?isbn=0-14-143958-0")).json()

    assert ([book | {"relations": None}], None) == (found["items"], found["next_cursor"])
    assert (422, "invalid-isbn") == problem(await service.get("/v1/books?isbn=12345"))


@pytest.mark.parametrize(
    "query",
    [
        *("sort=-title", "sort=title&sort=title", "facets=colour", "facets=", "facets=author,", "available=perhaps"),
        *("year_from=MM", "year_to=99999", f"q={'x' * 201}", f"title={'x' * 201}", "words=emma"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_not_ignored(service: Service, query: str) -> None:
    assert (422, "invalid-request") == problem(await service.get(f"/v1/books?{query}"))


async def test_words_that_nobody_types_are_refused_before_they_are_looked_for(service: Service) -> None:
    assert (422, "invalid-target") == problem(await service.get("/v1/books?q=a%00b"))
    assert (414, "target-too-long") == problem(await service.get(f"/v1/books?q={'x' * 10_000}"))


async def test_the_copies_of_a_book_are_listed_page_by_page(service: Service) -> None:
    book, copies = await service.shelve("1", "2", "3")
    path = f"/v1/books/{book['book_id']}/copies"

    first = (await service.get(f"{path}?limit=2")).json()
    second = (await service.get(f"{path}?limit=2&cursor={first['next_cursor']}")).json()

    assert copies == first["items"] + second["items"]
    assert second["next_cursor"] is None


async def test_lending_asks_how_many_copies_of_a_book_may_be_lent(service: Service) -> None:
    book, (copy, _) = await service.shelve("1", "2")
    await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": "missing"})
    path = f"/v1/books/{book['book_id']}/lendability"

    answer = await service.get(path, by="loans")

    expected = {"book_id": book["book_id"], "title": "Emma", "lendable_copies": 1, "holdable_copies": 2, "copies": 2}
    expected |= {"item_types": ["book"], "volumes": [], "volume": None}
    assert expected == answer.json()
    assert (401, "not-authenticated") == problem(await service.get(path))
    assert (403, "forbidden") == problem(await service.get(path, by="librarian"))


async def test_anybody_reads_the_catalogue_but_not_with_a_bad_token(service: Service) -> None:
    await service.add_book()

    assert 200 == (await service.get("/v1/books")).status_code
    assert 200 == (await service.http.get("/v1/books", headers=bearer("member"))).status_code
