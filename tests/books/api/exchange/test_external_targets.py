"""Other catalogues are searched for records, and nothing of what is found is written."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from books_service.domain.exchange.external_target import ExternalTarget
from books_service.main import create_app
from books_service.settings import Settings
from shared.configuration import load
from shared.kernel.errors import OutOfDate
from shared.persistence.database import Database
from shared.tokens import StaticKeys
from tests.books.api.conftest import KEY, Service, bearer, problem
from tests.books.fake_sru import DIAGNOSTIC, MARC, FakeSru, an_answer, serving
from tests.books.library import Library
from tests.books.makers import ISBN
from tests.kept_database import Lent

DNB = {"title": "DNB", "url": "https://services.dnb.de/sru/dnb", "record_schema": "MARC21-xml", "isbn_index": "NUM"}


@pytest.fixture
async def service(database: Database, library: Library) -> AsyncIterator[Service]:
    """The service, which may ask a catalogue on this machine."""
    url = database.engine.url.render_as_string(hide_password=False)
    settings = load(
        Settings,
        database_url=url,
        imports_in="relay",
        database_pool_size=5,
        external_hosts="127.0.0.1",
        request_timeout=1,
    )
    app = create_app(settings, keys=StaticKeys([KEY.public_jwk()]), clock=library.clock, database=Lent(database))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://books.test") as http,
    ):
        yield Service(app, http, library)


@pytest.fixture
async def other() -> AsyncIterator[FakeSru]:
    async with serving() as fake:
        yield fake


async def put(service: Service, code: str = "dnb", *, tag: str | None = None, **target: Any) -> httpx.Response:
    return await service.change("PUT", f"/v1/external-targets/{code}", DNB | target, if_match=tag)


async def search(service: Service, other: FakeSru, *, body: str | None = None, **asked: Any) -> httpx.Response:
    """Let the other catalogue answer with `body`, and ask it."""
    await put(service, "other", title="Other", url=other.url, tag="*" if await known(service) else None)
    other.body = other.body if body is None else body
    return await service.post("/v1/external-searches", {"target": "other"} | (asked or {"isbn": ISBN}))


async def known(service: Service) -> bool:
    return 200 == (await service.get("/v1/external-targets/other", by="librarian")).status_code


async def test_a_target_that_was_removed_is_asked_no_more(service: Service) -> None:
    made = await put(service)

    removed = await service.change("DELETE", "/v1/external-targets/dnb", if_match=made.headers["ETag"])

    assert 204 == removed.status_code
    assert (404, "external-target-not-found") == problem(
        await service.post("/v1/external-searches", {"target": "dnb", "isbn": ISBN})
    )
    assert 201 == (await put(service)).status_code


async def test_a_target_is_made_changed_under_its_version_and_listed(service: Service) -> None:
    made = await put(service)
    stale = await put(service, title="DNB again", tag='"7"')
    unseen = await put(service, title="DNB again")
    changed = await put(service, title="DNB again", tag=made.headers["etag"])
    shown = await service.get("/v1/external-targets/dnb", by="librarian")

    assert (201, '"1"', 200, '"2"') == (
        made.status_code, made.headers["etag"], changed.status_code, changed.headers["etag"]
    )  # fmt: skip
    assert ((412, "out-of-date"), (428, "if-match-required")) == (problem(stale), problem(unseen))
    assert (
        DNB | {"title": "DNB again", "code": "dnb", "sru_version": "1.1", "word_index": "cql.anywhere", "version": 2}
        == shown.json()
    )
    assert [shown.json()] == (await service.get("/v1/external-targets", by="librarian")).json()["items"]


@pytest.mark.parametrize(
    "url",
    [
        "http://services.dnb.de/sru", "ftp://services.dnb.de/", "https://", "https://user:x@services.dnb.de/",
        "https://services.dnb.de/sru?x=1", "https://10.0.0.7/", "https://[::1]/", "https://169.254.169.254/",
        "https://localhost/", "https://books/", "https://db.internal/", "https://services.dnb.de:99999/", "nonsense",
    ],
)  # fmt: skip
async def test_a_target_is_https_and_public_unless_the_operator_allows_its_host(service: Service, url: str) -> None:
    assert (422, "invalid-target-address") == problem(await put(service, url=url))


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
@pytest.mark.parametrize("packed", [True, False])
async def test_records_are_found_in_every_version_of_sru(
    service: Service, other: FakeSru, version: str, *, packed: bool
) -> None:
    await put(service, "other", title="Other", url=other.url, sru_version=version)
    other.body = an_answer(MARC, version=version, packed=packed, total=35)

    answer = await service.post("/v1/external-searches", {"target": "other", "query": 'emma "austen'})

    found = answer.json()
    (item,) = found["items"]
    assert (200, 35) == (answer.status_code, found["total"])
    assert ("Emma", ["Austen, Jane"], [ISBN]) == tuple(item["fields"][name] for name in ("title", "authors", "isbns"))
    assert [] == item["matches"] == item["changes"] == item["errors"]
    assert ["001", "003", "020", "100", "245", "264", "505"] == [
        tag for each in item["record"]["fields"] for tag in each
    ]
    own = {} if version == "2.0" else {"operation": "searchRetrieve", "version": version}
    asked = {"query": 'cql.anywhere all "emma \\"austen"', "maximumRecords": "10", "recordSchema": "MARC21-xml"}
    assert [asked | own] == other.asked


async def test_a_record_that_matches_shows_what_it_would_change_and_changes_nothing(
    service: Service, other: FakeSru
) -> None:
    book = await service.add_book(title="Emma", authors=["Jane Austen"], isbns=[ISBN], subjects=["Wit"])
    unlike = await service.add_book(title="Emma", authors=["Somebody"])

    answer = await search(service, other, body=an_answer(MARC))

    (item,) = answer.json()["items"]
    assert [book["book_id"]] == item["matches"]
    assert [
        {"field": "authors", "before": ["Jane Austen"], "after": ["Austen, Jane"]},
        {
            "field": "identifiers",
            "before": [],
            "after": [{"scheme": "control_number", "value": "n5", "source": "DE-1"}],
        },
        {"field": "publisher", "before": None, "after": "Penguin"},
    ] == item["changes"]
    for each in (book, unlike):
        assert each == (await service.get(f"/v1/books/{each['book_id']}")).json()


async def test_what_is_told_to_match_is_what_an_import_of_the_record_changes(service: Service, other: FakeSru) -> None:
    book = await service.add_book(title="Emma", authors=["Jane Austen"], isbns=[ISBN])
    (item,) = (await search(service, other, body=an_answer(MARC))).json()["items"]

    await service.upload(f"<collection>{MARC}</collection>".encode(), query="format=marcxml")
    await service.library.work()

    after = (await service.get(f"/v1/books/{book['book_id']}")).json()
    assert {each["field"]: each["after"] for each in item["changes"]} == {
        name: after[name] for name in after if after[name] != book[name] and name not in {"version", "availability"}
    }
    assert [] == (await search(service, other)).json()["items"][0]["changes"]


async def test_a_found_record_is_taken_over_as_the_marc_record_of_a_book(service: Service, other: FakeSru) -> None:
    book = await service.add_book(title="To be catalogued")
    (item,) = (await search(service, other, body=an_answer(MARC))).json()["items"]
    path = f"/v1/books/{book['book_id']}"

    headers = bearer("librarian") | {"Content-Type": "application/marc-in-json", "If-Match": "*"}
    answer = await service.http.put(f"{path}/marc", json=item["record"], headers=headers)

    assert (200, item["record"]) == (answer.status_code, answer.json())
    changed = (await service.get(path)).json()
    assert ("Emma", [ISBN]) == (changed["title"], changed["isbns"])


async def test_a_record_of_a_book_that_was_merged_means_the_one_in_its_place(service: Service, other: FakeSru) -> None:
    await service.upload(f"<collection>{MARC}</collection>".encode(), query="format=marcxml")
    await service.library.work()
    (book,) = (await service.get(f"/v1/books?isbn={ISBN}")).json()["items"]
    into = await service.add_book(title="Emma, a novel")
    await service.post(f"/v1/books/{book['book_id']}/merge", {"into": into["book_id"]})

    (item,) = (await search(service, other, body=an_answer(MARC))).json()["items"]

    assert [into["book_id"]] == item["matches"]


async def test_a_wrong_value_in_a_found_record_is_told_and_the_record_shown(service: Service, other: FakeSru) -> None:
    wrong = MARC.replace("9780141439587", "9780141439588")

    (item,) = (await search(service, other, body=an_answer(wrong))).json()["items"]

    assert (["invalid-isbn"], "Emma") == ([each["code"] for each in item["errors"]], item["fields"]["title"])


async def test_a_found_record_longer_than_imports_read_is_named_and_not_read(service: Service, other: FakeSru) -> None:
    own = '<datafield tag="880" ind1="1" ind2=" "><subfield code="6">100-01/$1</subfield></datafield>' * 2_001
    long = MARC.replace("</record>", f"{own}</record>")

    first, second = (await search(service, other, body=an_answer(long, MARC))).json()["items"]

    assert (["record-too-long"], None, []) == (
        [each["code"] for each in first["errors"]], first["fields"], first["record"]["fields"]
    )  # fmt: skip
    assert ([], "Emma") == (second["errors"], second["fields"]["title"])


async def test_of_two_who_make_a_target_at_once_the_second_is_told_so(library: Library) -> None:
    target = ExternalTarget.of(
        allowed=lambda _: False, version=1, code="dnb", sru_version="1.1", word_index="any", **DNB
    )
    async with library.unit_of_work() as uow:
        await uow.external_targets.put(target)
        with pytest.raises(OutOfDate):
            await uow.external_targets.put(target)


async def test_nothing_found_is_an_empty_list(service: Service, other: FakeSru) -> None:
    assert {"items": [], "total": 0} == (await search(service, other, body=an_answer())).json()


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><searchRetrieveResponse>&b;</searchRetrieveResponse>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "external-target-failed"),
        ("<html><body>Welcome</body></html>", "external-target-failed"),
        ("not xml", "external-target-failed"),
        ("<searchRetrieveResponse>" + "<a>" * 50_000, "external-target-failed"),
        (BOMB, "external-target-failed"),
        ("x" * (5 * 2**20 + 1), "external-target-failed"),
        (an_answer(more=DIAGNOSTIC), "external-target-refused"),
    ],
    ids=["nothing", "a page", "no xml", "unclosed", "a bomb", "too long", "a diagnostic"],
)
async def test_an_answer_that_cannot_be_used_is_a_clear_problem(
    service: Service, other: FakeSru, body: str, code: str
) -> None:
    answer = await search(service, other, body=body)

    assert (502, code) == problem(answer)
    assert "other" == answer.json()["target"]


async def test_a_diagnostic_is_told_with_its_words(service: Service, other: FakeSru) -> None:
    answer = await search(service, other, body=an_answer(more=DIAGNOSTIC))

    assert "bath.isbn Unsupported index" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("status", "headers"), [(404, ""), (302, "Location: http://127.0.0.1:1/\r\n"), (500, ""), (401, "")]
)
async def test_an_answer_of_another_status_is_a_clear_problem_and_no_redirect_is_followed(
    service: Service, other: FakeSru, status: int, headers: str
) -> None:
    other.status, other.headers = status, headers

    answer = await search(service, other)

    assert (502, "external-target-failed") == problem(answer)
    assert 1 == len(other.asked)


async def test_a_catalogue_that_answers_too_late_is_told_to_be_slow(service: Service, other: FakeSru) -> None:
    other.pause = 5

    assert (504, "external-target-slow") == problem(await search(service, other))


async def test_a_catalogue_that_is_down_is_a_clear_problem(service: Service, other: FakeSru) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        await put(service, "down", title="Down", url=f"http://127.0.0.1:{unused.getsockname()[1]}/")

        answer = await service.post("/v1/external-searches", {"target": "down", "isbn": ISBN})

    assert (502, "external-target-failed") == problem(answer)


async def test_another_catalogue_hears_nothing_of_who_asks(service: Service, other: FakeSru) -> None:
    await search(service, other)

    (head,) = other.heads
    assert not [each for each in ("authorization", "traceparent", "x-request", "cookie") if each in head]


async def test_a_question_says_either_words_or_an_isbn_and_a_known_target(service: Service, other: FakeSru) -> None:
    for asked in ({"query": "emma", "isbn": ISBN}, {"query": None}, {"isbn": "9780141439588"}):
        assert 422 == (await search(service, other, **asked)).status_code

    unknown = await service.post("/v1/external-searches", {"target": "none", "query": "emma"})

    assert (404, "external-target-not-found") == problem(unknown)
    assert [] == other.asked
