"""How a client is refused what it asks of branches, copies and inventories."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from books_service.application.stock.add_branch import AddBranch
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.bind_copy import BindCopy, UnbindCopy
from books_service.application.stock.change_copy_status import ChangeCopyStatus
from books_service.application.stock.close_branch import CloseBranch
from books_service.application.stock.inventory.queries import InventoryQueries
from books_service.application.stock.inventory.take_inventory import BeginInventory, NoteScans
from books_service.application.stock.print_labels import PrintLabels
from books_service.application.stock.queries.copies import CopyHistory, StockQueries
from books_service.application.stock.queries.labels import LabelQueries
from books_service.application.stock.queries.lendable_copies import LendableCopies
from books_service.application.stock.remove_copy import RemoveCopy
from books_service.application.stock.revise_branch import ReviseBranch
from books_service.application.stock.revise_copy import ReviseCopy
from books_service.domain.stock.copy_refusals import MOST_TITLES
from tests.books.api.conftest import Service
from tests.books.makers import NOW, any_id
from tests.refusals import Meets, Tables

NO_BOOK, NO_COPY, NO_INVENTORY = (f"/v1/{things}/{any_id()}" for things in ("books", "copies", "inventories"))
BACKWARDS = {"shelf_mark_from": "B", "shelf_mark_to": "A"}
SMALL_SHEET = {"page_width": 30, "page_height": 20, "label_width": 30, "label_height": 20}
DOLLARS = {"amount": 1290, "currency": "USD"}


async def open_branch(service: Service, **reported: Any) -> httpx.Response:
    return await service.post("/v1/branches", {"code": "EAST", "name": "Eastern branch"} | reported)


async def open_branch_twice(service: Service) -> httpx.Response:
    await open_branch(service)
    return await open_branch(service, code="east")


async def revise_branch(service: Service, *, if_match: str = '"1"', **change: Any) -> httpx.Response:
    await open_branch(service)
    return await service.change("PATCH", "/v1/branches/EAST", change, if_match=if_match)


async def close_location_in_use(service: Service) -> httpx.Response:
    await open_branch(service, locations=[{"code": "KIDS", "name": "Children"}])
    await add_copy(service, branch="EAST", location="KIDS")
    return await service.change("PATCH", "/v1/branches/EAST", {"locations": []})


async def add_copy(service: Service, **facts: Any) -> httpx.Response:
    book, _ = await service.shelve("1")
    return await service.post(f"/v1/books/{book['book_id']}/copies", {"barcode": "2", "branch": "MAIN"} | facts)


async def shelved(service: Service) -> str:
    """Shelve two copies, and return the path of one."""
    _, (copy, _) = await service.shelve("1", "2")
    return f"/v1/copies/{copy['copy_id']}"


async def revise_copy(service: Service, *, if_match: str = '"1"', **change: Any) -> httpx.Response:
    return await service.change("PATCH", await shelved(service), change, if_match=if_match)


async def lent(service: Service) -> str:
    path = await shelved(service)
    copy_id = UUID(path.rpartition("/")[2])
    await service.library.hear(copy_id, "on_loan", sequence=1, due_at=NOW + timedelta(days=21))
    return path


async def move_lent(service: Service) -> httpx.Response:
    await open_branch(service)
    return await service.change("PATCH", await lent(service), {"branch": "EAST"})


async def remove_lent_before(service: Service) -> httpx.Response:
    return await service.change("DELETE", await lent(service))


async def remove_another_version(service: Service) -> httpx.Response:
    return await service.change("DELETE", await shelved(service), if_match='"2"')


async def withdraw_lent(service: Service) -> httpx.Response:
    return await service.post(f"{await lent(service)}/status", {"status": "withdrawn"})


async def lend_withdrawn(service: Service) -> httpx.Response:
    path = f"{await shelved(service)}/status"
    await service.post(path, {"status": "withdrawn"})
    return await service.post(path, {"status": "in_service"})


async def begin_inventory(service: Service, **asked: Any) -> httpx.Response:
    await open_branch(service)
    return await service.post("/v1/inventories", {"branch": "EAST"} | asked)


async def lendable_copies_of_merged(service: Service) -> httpx.Response:
    book, into = await service.add_book(), await service.add_book(title="Villette")
    await service.post(f"/v1/books/{book['book_id']}/merge", {"into": into["book_id"]})
    return await service.get(f"/v1/books/{book['book_id']}/lendable-copies", by="loans")


async def closed(service: Service, copies_to: str = "MAIN") -> httpx.Response:
    """Shelve something, and close EAST, which was opened for that."""
    await shelved(service)
    await open_branch(service)
    return await service.post("/v1/branches/EAST/closure", {"copies_to": copies_to}, by="admin")


async def add_where_closed(service: Service) -> httpx.Response:
    await closed(service)
    book = await service.add_book(title="Villette")
    return await service.post(f"/v1/books/{book['book_id']}/copies", {"barcode": "9", "branch": "EAST"})


async def move_where_closed(service: Service) -> httpx.Response:
    await closed(service)
    (copy,) = (await service.get("/v1/copies?barcode=1")).json()["items"]
    return await service.change("PATCH", f"/v1/copies/{copy['copy_id']}", {"branch": "EAST"})


async def close_into_another(service: Service) -> httpx.Response:
    await closed(service)
    await open_branch(service, code="WEST")
    return await service.post("/v1/branches/EAST/closure", {"copies_to": "WEST"}, by="admin")


def print_labels(barcode: str = "1", **how: Any) -> Meets[Service]:
    """Print a label for a copy with this barcode."""

    async def meets(service: Service) -> httpx.Response:
        _, (copy,) = await service.shelve(barcode)
        return await service.post("/v1/labels", {"copy_ids": [copy["copy_id"]], "sheet": "a4-3x7"} | how)

    return meets


async def bind(service: Service, book_id: str | None = None, *, twice: bool = False) -> httpx.Response:
    """Bind a book in a copy of another."""
    path, book = await shelved(service), await service.add_book(title="Bound with it")
    body = {"book_id": book_id or book["book_id"]}
    for _ in range(2 if twice else 1):
        answer = await service.post(f"{path}/bound-with", body)
    return answer


async def bind_merged(service: Service) -> httpx.Response:
    book, other = await service.add_book(title="One"), await service.add_book(title="Other")
    await service.post(f"/v1/books/{book['book_id']}/merge", {"into": other["book_id"]})
    return await bind(service, book["book_id"])


async def bind_in_withdrawn(service: Service) -> httpx.Response:
    path, book = await shelved(service), await service.add_book(title="Bound with it")
    await service.post(f"{path}/status", {"status": "withdrawn"})
    return await service.post(f"{path}/bound-with", {"book_id": book["book_id"]})


async def bind_without_end(service: Service) -> httpx.Response:
    path = await shelved(service)
    for number in range(MOST_TITLES):
        book = await service.add_book(title=f"No. {number}")
        answer = await service.post(f"{path}/bound-with", {"book_id": book["book_id"]})
    return answer


async def unbind(service: Service, *, if_match: str | None = None) -> httpx.Response:
    bound = (await bind(service)).json()
    path = f"/v1/copies/{bound['copy_id']}/bound-with/{bound['bound_with'][0]['book_id']}"
    if if_match is not None:
        return await service.change("DELETE", path, if_match=if_match)
    await service.change("DELETE", path, if_match=None)
    return await service.change("DELETE", path, if_match=None)


TABLES: Tables[Service] = {
    PrintLabels: {
        "copies-not-found": print_labels(copy_ids=[str(any_id())]),
        "unknown-sheet": print_labels(sheet="a4-9x9"),
        "sheet-off-page": print_labels(sheet=SMALL_SHEET | {"columns": 2}),
        "code-too-wide": print_labels("LONG-BARCODE-4711", sheet=SMALL_SHEET),
        "character-not-in-code": print_labels("A_1", code="code39"),
    },
    LabelQueries.labels: {"copies-not-found": print_labels(copy_ids=[str(any_id())])},
    AddBranch: {
        "branch-code-taken": open_branch_twice,
        "invalid-branch-code": lambda service: open_branch(service, code="a b"),
        "invalid-timezone": lambda service: open_branch(service, timezone="Mars/Olympus"),
    },
    ReviseBranch: {
        "branch-not-found": lambda service: service.change("PATCH", "/v1/branches/NOWHERE", {}),
        "invalid-timezone": lambda service: revise_branch(service, timezone="Mars/Olympus"),
        "invalid-branch-code": lambda service: revise_branch(service, locations=[{"code": "a b", "name": "A"}]),
        "location-in-use": close_location_in_use,
        "out-of-date": lambda service: revise_branch(service, if_match='"2"'),
    },
    CloseBranch: {
        "branch-not-found": lambda service: service.post(
            "/v1/branches/NOWHERE/closure", {"copies_to": "MAIN"}, by="admin"
        ),
        "branch-closed": close_into_another,
        "invalid-successor": lambda service: closed(service, copies_to="EAST"),
    },
    StockQueries.branch: {"branch-not-found": lambda service: service.get("/v1/branches/NOWHERE")},
    AddCopy: {
        "book-not-found": lambda service: service.post(f"{NO_BOOK}/copies", {"barcode": "1", "branch": "MAIN"}),
        "barcode-taken": lambda service: add_copy(service, barcode="1"),
        "unknown-branch": lambda service: add_copy(service, branch="NOWHERE"),
        "branch-closed": add_where_closed,
        "unknown-location": lambda service: add_copy(service, location="NOWHERE"),
        "invalid-barcode": lambda service: add_copy(service, barcode="ü"),
        "invalid-item-type": lambda service: add_copy(service, item_type="Two Words"),
        "price-in-other-currency": lambda service: add_copy(service, price=DOLLARS),
    },
    ReviseCopy: {
        "copy-not-found": lambda service: service.change("PATCH", NO_COPY, {}),
        "copy-on-loan": move_lent,
        "out-of-date": lambda service: revise_copy(service, if_match='"2"'),
        "book-not-found": lambda service: revise_copy(service, book_id=str(any_id())),
        "barcode-taken": lambda service: revise_copy(service, barcode="2"),
        "unknown-branch": lambda service: revise_copy(service, branch="NOWHERE"),
        "branch-closed": move_where_closed,
        "invalid-temporary-place": lambda service: revise_copy(service, temporary={}),
        "unknown-location": lambda service: revise_copy(service, location="NOWHERE"),
        "invalid-barcode": lambda service: revise_copy(service, barcode="ü"),
        "invalid-item-type": lambda service: revise_copy(service, item_type="Two Words"),
        "invalid-price": lambda service: revise_copy(service, price={"amount": 990}),
        "price-in-other-currency": lambda service: revise_copy(service, price=DOLLARS),
    },
    BindCopy: {
        "copy-not-found": lambda service: service.post(f"{NO_COPY}/bound-with", {"book_id": str(any_id())}),
        "book-not-found": lambda service: bind(service, str(any_id())),
        "book-merged": bind_merged,
        "already-bound": lambda service: bind(service, twice=True),
        "copy-withdrawn": bind_in_withdrawn,
        "too-many-titles": bind_without_end,
    },
    UnbindCopy: {
        "copy-not-found": lambda service: service.change("DELETE", f"{NO_COPY}/bound-with/{any_id()}"),
        "title-not-bound": unbind,
        "out-of-date": lambda service: unbind(service, if_match='"1"'),
    },
    RemoveCopy: {
        "copy-not-found": lambda service: service.change("DELETE", NO_COPY),
        "copy-has-past": remove_lent_before,
        "out-of-date": remove_another_version,
    },
    ChangeCopyStatus: {
        "copy-not-found": lambda service: service.post(f"{NO_COPY}/status", {"status": "missing"}),
        "copy-on-loan": withdraw_lent,
        "copy-withdrawn": lend_withdrawn,
    },
    StockQueries.copy: {"copy-not-found": lambda service: service.get(NO_COPY)},
    CopyHistory.of_copy: {"copy-not-found": lambda service: service.get(f"{NO_COPY}/history", by="librarian")},
    StockQueries.copies: {
        "invalid-shelf-mark-range": lambda service: service.get(f"/v1/copies?{httpx.QueryParams(BACKWARDS)}")
    },
    StockQueries.copies_of: {"book-not-found": lambda service: service.get(f"{NO_BOOK}/copies")},
    StockQueries.lendability: {
        "copy-not-found": lambda service: service.get("/v1/copies/lendability?barcode=1", by="loans")
    },
    StockQueries.book_lendability: {
        "book-not-found": lambda service: service.get(f"{NO_BOOK}/lendability", by="loans")
    },
    LendableCopies.of_book: {
        "book-not-found": lambda service: service.get(f"{NO_BOOK}/lendable-copies", by="loans"),
        "book-merged": lendable_copies_of_merged,
    },
    BeginInventory: {
        "unknown-branch": lambda service: begin_inventory(service, branch="NOWHERE"),
        "unknown-location": lambda service: begin_inventory(service, location="NOWHERE"),
        "invalid-shelf-mark-range": lambda service: begin_inventory(service, **BACKWARDS),
    },
    NoteScans: {"inventory-not-found": lambda service: service.post(f"{NO_INVENTORY}/scans", {"barcodes": ["1"]})},
    InventoryQueries.inventory: {"inventory-not-found": lambda service: service.get(NO_INVENTORY, by="librarian")},
    InventoryQueries.copies: {
        "inventory-not-found": lambda service: service.get(f"{NO_INVENTORY}/copies?list=missing", by="librarian")
    },
    InventoryQueries.unknown: {
        "inventory-not-found": lambda service: service.get(f"{NO_INVENTORY}/unknown", by="librarian")
    },
}
