"""How a client is refused what it asks of the catalogue."""

from typing import Any

import httpx

from books_service.application.catalogue.add_book import AddBook
from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.catalogue.remove_book import RemoveBook
from books_service.application.catalogue.revise_book import ReviseBook
from books_service.application.search.search_books import SearchBooks
from books_service.application.stock.merge_books import MergeBooks
from tests.books.api.conftest import Service
from tests.books.makers import ISBN, OTHER_ISBN, any_id
from tests.refusals import Tables

NO_ISBN = "9780141439588"
NOWHERE = f"/v1/books/{any_id()}"


async def add(service: Service, **reported: Any) -> httpx.Response:
    return await service.post("/v1/books", {"title": "Emma"} | reported)


async def revise(service: Service, *, if_match: str = '"1"', **change: Any) -> httpx.Response:
    book = await service.add_book(isbns=[ISBN])
    return await service.change("PATCH", f"/v1/books/{book['book_id']}", change, if_match=if_match)


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


async def merge_into_itself(service: Service) -> httpx.Response:
    book = await service.add_book()
    return await service.post(f"/v1/books/{book['book_id']}/merge", {"into": book["book_id"]})


TABLES: Tables[Service] = {
    AddBook: {
        "isbn-already-catalogued": add_again,
        "invalid-isbn": lambda service: add(service, isbns=[NO_ISBN]),
        "invalid-language": lambda service: add(service, languages=["english"]),
    },
    ReviseBook: {
        "book-not-found": lambda service: service.change("PATCH", NOWHERE, {}),
        "out-of-date": lambda service: revise(service, if_match='"2"'),
        "isbn-already-catalogued": revise_to_anothers_isbn,
        "invalid-isbn": lambda service: revise(service, isbns=[NO_ISBN]),
        "invalid-language": lambda service: revise(service, languages=["xx"]),
    },
    RemoveBook: {
        "book-not-found": lambda service: service.change("DELETE", NOWHERE),
        "book-has-copies": lambda service: remove(service, "1", "2"),
        "out-of-date": lambda service: remove(service, if_match='"2"'),
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
