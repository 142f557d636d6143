"""How a client is refused what it asks of the catalogue."""

from typing import Any

import httpx

from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.catalogue.remove_book import RemoveBook
from books_service.application.catalogue.restore_book import RestoreBook
from books_service.application.catalogue.revise_book import ReviseBook
from books_service.application.search.search_books import SearchBooks
from books_service.application.stock.add_book import AddBook
from books_service.application.stock.merge_books import MergeBooks
from tests.books.api.conftest import Service
from tests.books.makers import ISBN, OTHER_ISBN, any_id
from tests.refusals import Meets, Tables

NO_ISBN = "9780141439588"
NOWHERE = f"/v1/books/{any_id()}"


async def add(service: Service, **reported: Any) -> httpx.Response:
    return await service.post("/v1/books", {"title": "Emma"} | reported)


async def revise(service: Service, *, if_match: str = '"1"', **change: Any) -> httpx.Response:
    book = await service.add_book(isbns=[ISBN])
    return await service.change("PATCH", f"/v1/books/{book['book_id']}", change, if_match=if_match)


async def add_with_copy(service: Service, **copy: Any) -> httpx.Response:
    await service.shelve("1")
    return await add(service, title="Villette", copies=[{"barcode": "2", "branch": "MAIN"} | copy])


async def add_where_closed(service: Service) -> httpx.Response:
    await service.library.open_branch()
    await service.library.open_branch("EAST")
    await service.post("/v1/branches/EAST/closure", {"copies_to": "MAIN"}, by="admin")
    return await add(service, copies=[{"barcode": "2", "branch": "EAST"}])


async def add_again(service: Service) -> httpx.Response:
    await service.add_book(isbns=[ISBN])
    return await add(service, isbns=[ISBN])


async def revise_to_anothers_isbn(service: Service) -> httpx.Response:
    await service.add_book(isbns=[OTHER_ISBN])
    return await revise(service, isbns=[OTHER_ISBN])


async def remove(service: Service, *barcodes: str, if_match: str = "*") -> httpx.Response:
    book, _ = await service.shelve(*barcodes)
    return await service.change("DELETE", f"/v1/books/{book['book_id']}", if_match=if_match)


async def show_merged(service: Service) -> httpx.Response:
    book, into = await service.add_book(), await service.add_book(title="Villette")
    await service.post(f"/v1/books/{book['book_id']}/merge", {"into": into["book_id"]})
    return await service.get(f"/v1/books/{book['book_id']}")


async def restore(service: Service, *, if_match: str = "*") -> httpx.Response:
    """Let a book say again what it never said."""
    book = await service.add_book()
    return await service.change("POST", f"/v1/books/{book['book_id']}/restore", {"place": 999}, if_match=if_match)


async def restore_merged(service: Service) -> httpx.Response:
    merged = (await show_merged(service)).request.url.path
    return await service.post(f"{merged}/restore", None)


async def restore_with_anothers_isbn(service: Service) -> httpx.Response:
    book = await service.add_book(isbns=[ISBN])
    await service.change("DELETE", f"/v1/books/{book['book_id']}", if_match="*")
    await service.add_book(isbns=[ISBN])
    return await service.post(f"/v1/books/{book['book_id']}/restore", None)


async def restore_one_that_is_there(service: Service) -> httpx.Response:
    book = await service.add_book()
    return await service.post(f"/v1/books/{book['book_id']}/restore", None)


async def merge_into_itself(service: Service) -> httpx.Response:
    book = await service.add_book()
    return await service.post(f"/v1/books/{book['book_id']}/merge", {"into": book["book_id"]})


def relate(*named: tuple[str, str], new: bool = False) -> Meets[Service]:
    """Give a book, of which Villette is a part, or a new one, relations to itself, to Villette or to nothing."""

    async def meets(service: Service) -> httpx.Response:
        books = {
            "Emma": await service.add_book(),
            "Villette": await service.add_book(title="Villette"),
        }
        ids = {title: book["book_id"] for title, book in books.items()} | {"nothing": str(any_id())}
        part = {"relations": [{"kind": "part_of", "book_id": ids["Emma"]}]}
        await service.change("PATCH", f"/v1/books/{ids['Villette']}", part)
        relations = [{"kind": kind, "book_id": ids[title]} for kind, title in named]
        if new:
            return await add(service, relations=relations)
        return await service.change("PATCH", f"/v1/books/{ids['Emma']}", {"relations": relations}, if_match="*")

    return meets


OF_RELATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "related-twice": (("part_of", "Villette"), ("continues", "Villette")),
    "related-book-not-found": (("part_of", "nothing"),),
}


async def close_a_circle(service: Service) -> httpx.Response:
    one, other, third = [await service.add_book(title=title) for title in ("One", "Other", "Third")]
    for part, whole in ((one, other), (other, third)):
        body = {"relations": [{"kind": kind, "book_id": each["book_id"]} for kind, each in _besides(part, whole, one)]}
        await service.change("PATCH", f"/v1/books/{part['book_id']}", body, if_match="*")
    body = {"relations": [{"kind": "has_part", "book_id": third["book_id"]}]}
    other_of_one = {"kind": "part_of", "book_id": other["book_id"]}
    body["relations"].append(other_of_one)
    return await service.change("PATCH", f"/v1/books/{one['book_id']}", body, if_match="*")


def _besides(part: Any, whole: Any, first: Any) -> list[tuple[str, Any]]:
    """Return the relation to be made, and the one that is there already, as the list replaces all."""
    return [("part_of", whole), *([] if part is first else [("has_part", first)])]


OF_NOBODY = {"heading": "Nobody", "uri": "https://viaf.org/viaf/1"}
TABLES: Tables[Service] = {
    AddBook: {
        "isbn-already-catalogued": add_again,
        "invalid-isbn": lambda service: add(service, isbns=[NO_ISBN]),
        "invalid-language": lambda service: add(service, languages=["english"]),
        "invalid-heading-uri": lambda service: add(service, heading_uris=[OF_NOBODY]),
        **{code: relate(*named, new=True) for code, named in OF_RELATIONS.items()},
        "part-of-itself": relate(("part_of", "Villette"), ("has_part", "Emma"), new=True),
        "barcode-taken": lambda service: add_with_copy(service, barcode="1"),
        "unknown-branch": lambda service: add_with_copy(service, branch="NOWHERE"),
        "branch-closed": add_where_closed,
        "unknown-location": lambda service: add_with_copy(service, location="NOWHERE"),
        "invalid-barcode": lambda service: add_with_copy(service, barcode="ü"),
        "invalid-item-type": lambda service: add_with_copy(service, item_type="Two Words"),
        "price-in-other-currency": lambda service: add_with_copy(service, price={"amount": 1, "currency": "USD"}),
    },
    ReviseBook: {
        "book-not-found": lambda service: service.change("PATCH", NOWHERE, {}),
        "out-of-date": lambda service: revise(service, if_match='"2"'),
        "isbn-already-catalogued": revise_to_anothers_isbn,
        "invalid-isbn": lambda service: revise(service, isbns=[NO_ISBN]),
        "invalid-language": lambda service: revise(service, languages=["xx"]),
        "invalid-heading-uri": lambda service: revise(service, heading_uris=[OF_NOBODY]),
        **{code: relate(*named) for code, named in OF_RELATIONS.items()},
        "related-to-itself": relate(("part_of", "Emma")),
        "part-of-itself": close_a_circle,
    },
    RemoveBook: {
        "book-not-found": lambda service: service.change("DELETE", NOWHERE),
        "book-has-copies": lambda service: remove(service, "1", "2"),
        "out-of-date": lambda service: remove(service, if_match='"2"'),
    },
    RestoreBook: {
        "book-not-found": lambda service: service.post(f"{NOWHERE}/restore", None),
        "book-merged": restore_merged,
        "book-not-removed": restore_one_that_is_there,
        "history-entry-not-found": restore,
        "out-of-date": lambda service: restore(service, if_match='"2"'),
        "isbn-already-catalogued": restore_with_anothers_isbn,
    },
    BookQueries.book: {"book-not-found": lambda service: service.get(NOWHERE), "book-merged": show_merged},
    BookHistory.of_book: {"book-not-found": lambda service: service.get(f"{NOWHERE}/history", by="librarian")},
    MergeBooks: {
        "book-not-found": lambda service: service.post(f"{NOWHERE}/merge", {"into": str(any_id())}),
        "merged-into-itself": merge_into_itself,
    },
    SearchBooks: {
        "invalid-isbn": lambda service: service.get("/v1/books?isbn=12345"),
        "invalid-language": lambda service: service.get("/v1/books?language=english"),
    },
}
