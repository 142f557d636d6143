"""What people did between an import and its undoing, or while that went on, is never lost."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import MetaData, update

from books_service.application.exchange import import_books as importing
from books_service.application.exchange.undo_books import UndoBooks
from shared.kernel.imports import ImportFile, ImportJob
from shared.persistence.import_changes import changes_table
from tests.books.api.catalogue.test_relations import related, to
from tests.books.api.conftest import Service
from tests.books.api.exchange.test_import_rules import ROMOLA, books, run
from tests.books.api.exchange.test_undo import COPY, counted, undo
from tests.books.makers import NOW, any_id

HALL, KIDS = ({"code": code, "name": code} for code in ("HALL", "KIDS"))


@pytest.fixture(autouse=True)
async def branch(service: Service) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library", "locations": [HALL, KIDS]})


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)


async def the_copy(service: Service) -> dict[str, Any]:
    (book,) = await books(service)
    (copy,) = (await service.get(f"/v1/books/{book['book_id']}/copies")).json()["items"]
    return dict(copy)


def codes(undone: dict[str, Any]) -> list[str]:
    return [one["code"] for one in undone["errors"]]


async def made_and_changed_by_one_import(service: Service) -> UUID:
    """Return an import whose first batch made a book with a copy, and whose second one changed both."""
    copy = COPY | {"shelf_mark": "X", "status": "in_repair"}
    made = await run(service, ROMOLA | {"copies": [COPY]})
    changed = await run(service, ROMOLA | {"publisher": "Elder", "copies": [copy]})
    first, second = UUID(made["import_id"]), UUID(changed["import_id"])
    table = changes_table(MetaData())
    async with service.library.database.begin() as transaction:
        joined = update(table).where(table.c.import_id == second).values(import_id=first, number=2)
        await transaction.run(joined)
        await transaction.commit()
    return first


async def test_what_somebody_edits_between_two_batches_of_an_undo_stays(service: Service) -> None:
    job = ImportJob(any_id(), "books", "json", {}, False, NOW, undoes=await made_and_changed_by_one_import(service))
    (book,) = await books(service)

    found = list[str]()
    async for batch in UndoBooks(service.library.unit_of_work, service.library.clock)(job, ImportFile()):
        found += [error.code for error in batch.errors]
        await service.change("PATCH", f"/v1/books/{book['book_id']}", {"description": "Ours."}, if_match="*")

    assert ["changed-since-import"] == found
    assert ["Ours."] == [each["description"] for each in await books(service)]


async def test_what_an_import_made_and_changed_itself_goes_as_foreseen(service: Service) -> None:
    ended = {"import_id": str(await made_and_changed_by_one_import(service))}

    foreseen, undone = await undo(service, ended, dry_run=True), await undo(service, ended)

    assert [] == foreseen["errors"] == undone["errors"]
    assert counted(foreseen) == counted(undone)
    assert [] == await books(service)


async def test_a_book_that_somebody_related_to_another_stays(service: Service) -> None:
    ended = await run(service, ROMOLA)
    (book,) = await books(service)
    await related(service, await service.add_book(title="Ours"), to("continues", book))

    foreseen, undone = await undo(service, ended, dry_run=True), await undo(service, ended)

    assert ["changed-since-import"] == codes(foreseen) == codes(undone)
    assert "relations" in undone["errors"][0]["detail"]
    assert {"Romola", "Ours"} == {each["title"] for each in await books(service)}


@pytest.mark.usefixtures("one_by_one")
async def test_a_book_with_a_copy_of_others_stays_whatever_went_before(service: Service) -> None:
    ended = await run(service, ROMOLA | {"copies": [COPY]}, ROMOLA | {"copies": [COPY | {"barcode": "2"}]})
    (book,) = await books(service)
    await service.post(f"/v1/books/{book['book_id']}/copies", {"barcode": "3", "branch": "MAIN"})

    foreseen, undone = await undo(service, ended, dry_run=True), await undo(service, ended)

    assert ["book-has-copies"] == codes(foreseen) == codes(undone)
    assert "3" == (await the_copy(service))["barcode"]


async def test_a_fact_of_its_own_place_goes_back_while_a_copy_is_elsewhere_for_a_while(service: Service) -> None:
    await run(service, ROMOLA | {"copies": [COPY | {"item_type": "book"}]})
    ended = await run(service, ROMOLA | {"copies": [COPY | {"item_type": "dvd"}]})
    path = f"/v1/copies/{(await the_copy(service))['copy_id']}"
    await service.change("PATCH", path, {"temporary": {"item_type": "short"}}, if_match="*")

    undone = await undo(service, ended)

    assert [] == undone["errors"]
    assert "book" == (await the_copy(service))["item_type"]


async def test_a_copy_stays_where_it_is_once_its_former_location_is_gone(service: Service) -> None:
    await run(service, ROMOLA | {"copies": [COPY | {"location": "HALL"}]})
    ended = await run(service, ROMOLA | {"copies": [COPY | {"location": "KIDS"}]})
    changed = await service.change("PATCH", "/v1/branches/MAIN", {"locations": [KIDS]}, if_match="*")
    assert 200 == changed.status_code, changed.text

    foreseen, undone = await undo(service, ended, dry_run=True), await undo(service, ended)

    assert ["unknown-location"] == codes(foreseen) == codes(undone)
    assert "KIDS" == (await the_copy(service))["location"]
