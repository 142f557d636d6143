"""Copies are made and moved in the branches for which the right to them was granted, by whichever act."""

from typing import Any

import httpx
import pytest

from books_service.domain.rights import CATALOGUE, COPIES, TAKE_STOCK
from shared.persistence.database import Database
from tests.books.api.conftest import Service, a_token
from tests.books.api.serials.refusals import A_MONTHLY


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One kind of database is enough: no SQL is proved here."""
    return sqlite_database


@pytest.fixture
async def service(service: Service) -> Service:
    for code in ("MAIN", "EAST"):
        await service.post("/v1/branches", {"code": code, "name": code})
    return service


def a_cataloguer(*copies_in: str) -> str:
    """Somebody who catalogues everywhere, and has to do with the copies of these branches."""
    rights = f"{1 << CATALOGUE.number:x}:*"
    held = f" {1 << COPIES.number:x}:{','.join(copies_in)}" if copies_in else ""
    return a_token("librarian", rights=rights + held)


async def send(service: Service, method: str, path: str, body: dict[str, Any], token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*"} if method == "PATCH" else {}
    return await service.http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"} | headers)


def assert_missing(answer: httpx.Response, branch: str) -> None:
    told = answer.json()
    assert (403, "right-missing") == (answer.status_code, told["code"]), answer.text
    assert ("copies", branch) == (told["right"], told["branch"])


async def test_a_title_is_added_by_whoever_catalogues_and_its_copies_by_who_may_have_them_there(
    service: Service,
) -> None:
    title = {"title": "Emma"}
    with_copy = title | {"copies": [{"barcode": "1", "branch": "east"}]}

    assert 201 == (await send(service, "POST", "/v1/books", title, a_cataloguer())).status_code
    assert_missing(await send(service, "POST", "/v1/books", with_copy, a_cataloguer("MAIN")), "EAST")
    assert 201 == (await send(service, "POST", "/v1/books", with_copy, a_cataloguer("EAST"))).status_code


async def test_an_issue_is_received_where_its_copies_go(service: Service) -> None:
    book = (await service.add_book(title="Weather"))["book_id"]
    await service.change("PUT", f"/v1/books/{book}/subscription", A_MONTHLY, if_match=None)
    path, issue = f"/v1/books/{book}/issues", {"volume": "2026/03"}

    assert_missing(await send(service, "POST", path, issue, a_cataloguer("EAST")), "MAIN")
    assert 201 == (await send(service, "POST", path, issue, a_cataloguer("MAIN"))).status_code


async def test_a_copy_goes_for_a_while_to_a_branch_where_one_has_to_do_with_copies(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    path, lent_out = f"/v1/copies/{copy['copy_id']}", {"temporary": {"branch": "EAST"}}

    assert_missing(await send(service, "PATCH", path, lent_out, a_cataloguer("MAIN")), "EAST")
    assert 200 == (await send(service, "PATCH", path, lent_out, a_cataloguer("EAST", "MAIN"))).status_code


async def test_stock_is_taken_in_the_branch_of_the_shelves(service: Service) -> None:
    east, main = (a_token("librarian", rights=f"{1 << TAKE_STOCK.number:x}:{code}") for code in ("EAST", "MAIN"))
    begun = await send(service, "POST", "/v1/inventories", {"branch": "main"}, main)
    scans = f"/v1/inventories/{begun.json()['inventory_id']}/scans"

    for path, body in (("/v1/inventories", {"branch": "main"}), (scans, {"barcodes": ["1"]})):
        refused = await send(service, "POST", path, body, east)
        assert (403, "take_stock", "MAIN") == (refused.status_code, refused.json()["right"], refused.json()["branch"])
    assert 200 == (await send(service, "POST", scans, {"barcodes": ["1"]}, main)).status_code


async def test_titles_are_bound_by_whoever_may_change_copies_in_the_branch_of_theirs(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    title = await service.add_book(title="Bound with it")
    path, body = f"/v1/copies/{copy['copy_id']}/bound-with", {"book_id": title["book_id"]}
    in_main, in_east = (a_token("librarian", rights=f"{1 << COPIES.number:x}:{code}") for code in ("MAIN", "EAST"))

    async def send_both(token: str) -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {token}"}
        bound = await service.http.post(path, json=body, headers=headers)
        return [bound, await service.http.delete(f"{path}/{title['book_id']}", headers=headers)]

    for answer in await send_both(in_east):
        told = answer.json()
        assert ("right-missing", "copies", "MAIN") == (told["code"], told["right"], told["branch"])
    assert [200, 204] == [answer.status_code for answer in await send_both(in_main)]
