"""What a list costs does not depend on how long it is: every list route is asked for one thing and for a hundred."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine, event, insert

from books_service.domain.authorities.authority import Authority, AuthorityRecord
from books_service.domain.catalogue.book import Book
from books_service.domain.serials.issue import Issue
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.import_tables import import_profiles, imports
from shared.web.cursors import Listing
from tests.books.api.conftest import Service, a_service
from tests.books.library import Library
from tests.books.makers import EMMA, EMMA_COPY, NOW, a_branch, a_copy, a_record, a_subscription, any_id
from tests.templates import Templates

MOST = 100
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "list_books": ("/v1/books", {}),
    "list_duplicate_books": ("/v1/books/duplicates", {"by": "librarian"}),
    "list_copies_of_book": (f"/v1/books/{EMMA}/copies", {}),
    "get_history_of_book": (f"/v1/books/{EMMA}/history", {"by": "librarian"}),
    "get_history_of_copy": (f"/v1/copies/{EMMA_COPY}/history", {"by": "librarian"}),
    "list_authorities": ("/v1/authorities", {}),
    "get_history_of_authority": (f"/v1/authorities/{EMMA}/history", {"by": "librarian"}),
    "list_branches": ("/v1/branches", {}),
    "find_copy": ("/v1/copies", {}),
    "list_subscriptions": ("/v1/subscriptions", {"by": "librarian"}),
    "list_issues": ("/v1/issues", {"by": "librarian"}),
    "list_imports": ("/v1/imports", {"by": "admin"}),
    "list_import_profiles": ("/v1/import-profiles", {"by": "admin"}),
    "get_list_duplicate_books": ("/v1/lists/duplicate-books", {"by": "librarian"}),
    "browse_shelf_marks": ("/v1/browse/shelf-marks", {}),
    "browse_headings": ("/v1/browse/titles", {}),
}
WORKING_LISTS = {"get_list_never_lent", "get_list_missing", "get_list_no_shelf_mark"}
"""Lists of copies in a certain state, which `stock/test_working_lists.py` looks at."""
WITH_COUNTS_OF_THE_WHOLE = {"list_lendable_copies"}
"""Lists whose page costs one statement more, for what they count beside it."""
OF_AN_INVENTORY = {"list_copies_of_inventory", "list_unknown_barcodes"}
"""Lists whose page costs one statement more, for the inventory that says which shelves they are of."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what any database is sent inside the block."""
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def full(request: pytest.FixtureRequest, package: str, templates: Templates) -> AsyncIterator[Service]:
    """A hundred and one of everything, on each kind of database, for all tests: they only read."""
    if request.param == "postgres":
        request.getfixturevalue("postgres_server")
    kept = await templates.kept(request.param, package)
    async for service in a_service(Library(kept.database)):
        await _fill(service)
        yield service


async def _fill(service: Service) -> None:
    async with service.library.unit_of_work() as uow:
        for number in range(MOST):
            uow.branches.add(a_branch(f"B{number}"))
        for number in range(2 * MOST + 2):  # each title twice
            uow.books.add(Book(id=any_id(), record=a_record(title=f"Volume {number // 2}"), now=NOW))
        uow.branches.add(a_branch("MAIN"))
        for number in range(MOST + 1):
            record = AuthorityRecord.of(kind="person", heading=f"Author {number}")
            uow.authorities.add(author := Authority(id=EMMA if number == 0 else any_id(), record=record, now=NOW))
            for uri in range(MOST if number == 0 else 0):
                author.revise(record.with_changes({"uris": [f"https://viaf.org/{uri}"]}), now=NOW)
        uow.books.add(emma := Book(id=EMMA, record=a_record(), now=NOW))
        for number in range(MOST + 1):
            emma.rewrite(a_record(edition=f"{number}"), now=NOW)
        for number in range(MOST + 1):
            copy_id = EMMA_COPY if number == 0 else any_id()
            copy = a_copy(id=copy_id, barcode=f"{number}", shelf_mark=f"QA {number}", with_events=True)
            uow.copies.add(copy)
            for change in range(MOST if number == 0 else 0):
                status = (CopyStatus.MISSING, CopyStatus.IN_SERVICE)[change % 2]
                copy.change_status(status, reason=None, by_admin=False, now=NOW)
        await uow.flush()
        for number in range(MOST + 1):
            uow.books.add(book := Book(id=any_id(), record=a_record(title=f"Journal {number}"), now=NOW))
            await uow.flush()
            await uow.subscriptions.put(a_subscription(book.id))
            await uow.issues.add([Issue(any_id(), book.id, "1", NOW.date())])
        await uow.commit()
    await _bring_imports(service)


async def _bring_imports(service: Service) -> None:
    never = dict.fromkeys(("read", "created", "updated", "skipped", "failed", "errors", "attempts"), 0)
    job = {"state": "done", "mapping": {"what": "books"}, "format": "csv", "dry_run": False, "created_at": NOW}
    how = {"what": "books", "format": "csv", "mapping": {}, "match": [], "protect": []}
    jobs = [{"import_id": any_id(), "version": 1, **job, **never} for _ in range(MOST + 1)]
    profiles = [{"name": f"profile{number}", "how": how, "version": 1} for number in range(MOST + 1)]
    async with service.library.database.begin() as transaction:
        await transaction.run(insert(imports.jobs).values(jobs))
        await transaction.run(insert(import_profiles).values(profiles))
        await transaction.commit()


def test_every_list_is_looked_at(full: Service) -> None:
    routes = [route for route in full.app.routes if isinstance(route, APIRoute)]

    lists = {route.operation_id for route in routes if _is_list(route.response_model)}

    assert LISTS.keys() | WORKING_LISTS | WITH_COUNTS_OF_THE_WHOLE | OF_AN_INVENTORY == lists


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_of_a_hundred_costs_as_many_statements_as_a_list_of_one(full: Service, name: str) -> None:
    path, who = LISTS[name]
    counted = []
    for limit in (1, MOST):
        with statements() as seen:
            answer = await full.get(f"{path}?limit={limit}", **who)
        page = answer.json()
        assert (200, limit) == (answer.status_code, len(page["items"]))
        assert page["next_cursor"]
        counted.append(len(seen))

    assert [1, 1] == counted


async def test_a_page_behind_another_costs_one_statement_too(full: Service) -> None:
    for path, who in LISTS.values():
        cursor = (await full.get(f"{path}?limit=50", **who)).json()["next_cursor"]
        with statements() as seen:
            page = (await full.get(f"{path}?limit=50&cursor={cursor}", **who)).json()
        assert (50, 1) == (len(page["items"]), len(seen)), path


def _is_list(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, Listing)
