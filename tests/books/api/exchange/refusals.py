"""How a client is refused what it asks of files and of records."""

import json
from typing import Any

import httpx

from books_service.application.exchange.export_books import ExportBooks
from books_service.application.exchange.external_targets import (
    ChangeTarget,
    RemoveTarget,
    SearchExternally,
    ShowTargets,
)
from books_service.application.exchange.marc_records import ReplaceMarc, ShowMarc
from books_service.application.exchange.reading_options import reading_options
from tests.books.api.catalogue.refusals import NO_ISBN, NOWHERE
from tests.books.api.conftest import Service, bearer
from tests.books.makers import ISBN
from tests.refusals import Tables

LEADER = "00000nam a2200000 c 4500"
JSON = {"Content-Type": "application/marc-in-json"}
TITLE = {"245": {"ind1": "0", "ind2": "0", "subfields": [{"a": "Emma"}]}}


async def put(
    service: Service, *fields: Any, leader: str = LEADER, path: str | None = None, if_match: str = "*"
) -> httpx.Response:
    path = path or f"/v1/books/{(await service.add_book())['book_id']}"
    body = json.dumps({"leader": leader, "fields": [TITLE, *fields]})
    return await service.http.put(
        f"{path}/marc", content=body, headers=bearer("librarian") | JSON | {"If-Match": if_match}
    )


def a_field(tag: str, code: str = "a", text: str = "x", ind1: str = " ") -> Any:
    return {tag: {"ind1": ind1, "ind2": " ", "subfields": [{code: text}]}}


async def put_anothers_isbn(service: Service) -> httpx.Response:
    await service.add_book(isbns=[ISBN])
    return await put(service, a_field("020", text=ISBN))


async def put_two(service: Service) -> httpx.Response:
    book = await service.add_book()
    headers = bearer("librarian") | JSON | {"If-Match": "*"}
    return await service.http.put(f"/v1/books/{book['book_id']}/marc", content=b"[]", headers=headers)


async def show_merged(service: Service) -> httpx.Response:
    book, into = await service.add_book(), await service.add_book(title="Villette")
    await service.post(f"/v1/books/{book['book_id']}/merge", {"into": into["book_id"]})
    return await service.get(f"/v1/books/{book['book_id']}/marc")


async def put_target(service: Service, *, if_match: str | None = None, **target: Any) -> httpx.Response:
    body = {"title": "DNB", "url": "https://services.dnb.de/sru/dnb"} | target
    return await service.change("PUT", "/v1/external-targets/dnb", body, if_match=if_match)


async def remove_another_version(service: Service) -> httpx.Response:
    await put_target(service)
    return await service.change("DELETE", "/v1/external-targets/dnb", if_match='"2"')


async def search(service: Service, target: str, **asked: Any) -> httpx.Response:
    return await service.post("/v1/external-searches", {"target": target} | (asked or {"query": "emma"}))


TABLES: Tables[Service] = {
    ExportBooks: {"format-not-supported": lambda service: service.get("/v1/exports/books?format=xlsx", by="librarian")},
    reading_options: {
        "format-not-supported": lambda service: service.upload(b"", query="format=bibtex"),
        "invalid-mapping": lambda service: service.upload(b"", query="format=csv&mapping=x"),
        "invalid-what": lambda service: service.upload(b"", query="format=marc&what=copies"),
    },
    ShowMarc: {"book-not-found": lambda service: service.get(f"{NOWHERE}/marc"), "book-merged": show_merged},
    ReplaceMarc: {
        "book-not-found": lambda service: put(service, path=NOWHERE),
        "out-of-date": lambda service: put(service, if_match='"7"'),
        "isbn-already-catalogued": put_anothers_isbn,
        "invalid-isbn": lambda service: put(service, a_field("020", text=NO_ISBN)),
        "invalid-language": lambda service: put(
            service, {"041": {"ind1": " ", "ind2": "7", "subfields": [{"a": "english"}, {"2": "iso639-3"}]}}
        ),
        "no-marc-record": put_two,
        "invalid-marc-leader": lambda service: put(service, leader="short"),
        "invalid-marc-tag": lambda service: put(service, a_field("65")),
        "invalid-marc-field": lambda service: put(service, {"006": "short"}),
        "invalid-marc-indicator": lambda service: put(service, a_field("650", ind1="#")),
        "invalid-marc-subfield": lambda service: put(service, a_field("650", code="ab")),
        "invalid-marc-text": lambda service: put(service, a_field("650", text="x\x1f")),
        "record-too-long": lambda service: put(service, *(a_field("505", text="x" * 9_900) for _ in range(11))),
        "marc-field-of-a-copy": lambda service: put(service, a_field("952", code="p")),
    },
    ShowTargets: {
        "external-target-not-found": lambda service: service.get("/v1/external-targets/none", by="librarian")
    },
    RemoveTarget: {
        "external-target-not-found": lambda service: service.change("DELETE", "/v1/external-targets/none"),
        "out-of-date": remove_another_version,
    },
    ChangeTarget: {
        "invalid-target-address": lambda service: put_target(service, url="http://example.org"),
        "out-of-date": lambda service: put_target(service, if_match='"7"'),
    },
    SearchExternally: {
        "external-target-not-found": lambda service: search(service, "none"),
        "invalid-isbn": lambda service: search(service, "none", isbn=NO_ISBN),
    },
}
