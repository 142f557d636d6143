"""A copy is priced in the money that its loser pays."""

from uuid import UUID

import pytest

from books_service.application.stock.add_copy import NewCopy
from books_service.application.stock.use_cases import StockUseCases
from books_service.domain.stock.money import Money
from books_service.settings import Settings
from books_service.wiring.ports import ports_of
from shared.configuration import load
from shared.tasks import WakeUp
from tests.books.api.conftest import Service, problem

DOLLARS = {"amount": 1290, "currency": "USD"}
EUROS = {"amount": 1290, "currency": "EUR"}


async def test_a_price_in_another_currency_than_the_librarys_is_refused_where_it_enters(service: Service) -> None:
    book, (copy,) = await service.shelve("1")
    path = f"/v1/copies/{copy['copy_id']}"
    new = {"barcode": "2", "branch": "MAIN", "price": DOLLARS}

    added = await service.post(f"/v1/books/{book['book_id']}/copies", new)
    changed = await service.change("PATCH", path, {"price": DOLLARS})
    priced = await service.change("PATCH", path, {"price": EUROS})
    converted = await service.change("PATCH", path, {"price": {"currency": "USD"}}, if_match='"2"')

    for answer in (added, changed, converted):
        assert (422, "price-in-other-currency") == problem(answer)
        assert ["/price"] == [error["pointer"] for error in answer.json()["errors"]]
        assert "Prices are kept in EUR, not in USD. Give what the copy costs in EUR." in answer.text
    assert (200, EUROS) == (priced.status_code, (await service.get(path, by="librarian")).json()["price"])
    assert ["1"] == [one["barcode"] for one in (await service.get("/v1/copies")).json()["items"]]


async def test_the_currency_of_prices_is_what_the_setting_says(service: Service) -> None:
    book, _ = await service.shelve()
    database = service.library.database
    address = database.engine.url.render_as_string(hide_password=False)
    settings = load(Settings, database_url=address, library_currency="USD")
    stock = StockUseCases(ports_of(settings, database, clock=service.library.clock, wake_up=WakeUp()))

    copy = await stock.add_copy(NewCopy(UUID(book["book_id"]), {"barcode": "1", "branch": "MAIN", "price": DOLLARS}))

    assert Money(1290, "USD") == copy.price


CSV = b"""title,copy_barcode,copy_branch,copy_price
Emma,1,MAIN,12.90
Emma,2,MAIN,EUR 12.90
Emma,3,MAIN,12.90 USD
"""
JSON = b"""{"title": "Emma", "copies": [
    {"barcode": "1", "branch": "MAIN", "price": "12.90"},
    {"barcode": "2", "branch": "MAIN", "price": {"amount": 1290, "currency": "EUR"}},
    {"barcode": "3", "branch": "MAIN", "price": {"amount": 1290, "currency": "USD"}}
]}"""


@pytest.mark.parametrize(("format", "content"), [("csv", CSV), ("json", JSON)], ids=["csv", "json"])
async def test_a_price_in_a_file_is_in_the_librarys_currency_or_reported_and_left_out(
    service: Service, format: str, content: bytes
) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})

    path = (await service.upload(content, query=f"format={format}")).headers["location"]
    await service.library.work()
    report = (await service.get(path, by="librarian")).json()

    assert (3, ["price-in-other-currency"]) == (
        report["kinds"]["copies"]["created"],
        [error["code"] for error in report["errors"]],
    )
    copies = (await service.get("/v1/copies", by="librarian")).json()["items"]
    assert {"1": EUROS, "2": EUROS, "3": None} == {copy["barcode"]: copy["price"] for copy in copies}
