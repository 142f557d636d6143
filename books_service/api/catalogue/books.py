"""Routes for books: titles of the catalogue."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from books_service.api.catalogue.book_models import (
    BookPatchRequest,
    BookReplaced,
    BookRequest,
    RestoreRequest,
)
from books_service.api.catalogue.history_models import history_page, place_in_history
from books_service.api.dependencies import Actor, Catalogue, Looking, Stock
from books_service.application.catalogue.history import CatalogueChange
from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.catalogue.remove_book import BookRemoval, RemoveBook
from books_service.application.catalogue.restore_book import BookRestoration, RestoreBook
from books_service.application.catalogue.revise_book import BookRevision, ReviseBook
from books_service.application.catalogue.views import BookAvailability, BookView
from books_service.application.stock.add_book import AddBook
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatch, MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/books", route_class=StrictRoute, tags=["books"])


class BookAvailabilities(ResponseModel):
    """How many copies of each book can be had, in the order asked. A book that is not there is left out."""

    items: list[BookAvailability]


@router.post(
    "",
    status_code=201,
    operation_id="add_book",
    summary="Add a book to the catalogue",
    description=getdoc(AddBook),
    responses=located() | refused_by(AddBook),
)
async def add(body: BookRequest, *, stock: Stock, who: Actor, once: Once, tag: Tag, response: Response) -> BookView:
    book = await once(BookView, stock.add_book, body.command(by=who))
    response.headers["Location"] = f"/v1/books/{book.book_id}"
    return tag(book)


@router.get(
    "/availability",
    operation_id="get_availability_of_books",
    summary="Say how many copies of several books can be had",
)
async def show_availability(
    catalogue: Catalogue,
    looking: Looking,
    *,
    book_id: Annotated[list[UUID], Query(min_length=1, max_length=100, description="Up to 100 books.")],
) -> BookAvailabilities:
    """Books are answered in the order asked; one that is not there is left out."""
    return BookAvailabilities(items=await catalogue.queries.availability(book_id, looking))


@router.get(
    "/{book_id}",
    operation_id="get_book",
    summary="Show a book with its availability",
    responses=refused_by(BookQueries.book),
)
async def show_one(book_id: UUID, catalogue: Catalogue, looking: Looking, tag: Tag) -> BookView:
    """Show a title, and how many of its copies are there, lent, or waiting for somebody.

    Of one that was merged into another the problem `book-merged` tells by `into` which book to show instead.
    """
    return tag(await catalogue.queries.book(book_id, looking))


@router.put(
    "/{book_id}",
    operation_id="replace_book",
    summary="Replace what the catalogue says of a book",
    description=getdoc(ReviseBook),
    responses=refused_by(ReviseBook),
)
async def replace(
    book_id: UUID, body: BookReplaced, version: IfMatch, *, catalogue: Catalogue, who: Actor, tag: Tag
) -> BookView:
    return tag(await catalogue.revise_book(BookRevision(book_id, version, body.fields(), who, body.related())))


@router.patch(
    "/{book_id}",
    operation_id="revise_book",
    summary="Change what the catalogue says of a book",
    description=getdoc(ReviseBook),
    responses=refused_by(ReviseBook),
)
async def revise(
    book_id: UUID, body: BookPatchRequest, version: IfMatch, *, catalogue: Catalogue, who: Actor, tag: Tag
) -> BookView:
    return tag(await catalogue.revise_book(BookRevision(book_id, version, body.fields(), who, body.related())))


@router.delete(
    "/{book_id}",
    status_code=204,
    operation_id="remove_book",
    summary="Remove a book that has no copies",
    description=getdoc(RemoveBook),
    responses=refused_by(RemoveBook),
)
async def remove(book_id: UUID, version: MaybeIfMatch, catalogue: Catalogue, who: Actor) -> None:
    await catalogue.remove_book(BookRemoval(book_id, version, who))


@router.post(
    "/{book_id}/restore",
    operation_id="restore_book",
    summary="Bring a removed book back, or undo changes",
    description=getdoc(RestoreBook),
    responses=refused_by(RestoreBook),
)
async def restore(
    book_id: UUID,
    version: MaybeIfMatch,
    *,
    body: RestoreRequest | None = None,
    catalogue: Catalogue,
    who: Actor,
    once: Once,
    tag: Tag,
) -> BookView:
    command = BookRestoration(book_id, None if body is None else body.place, version, who)
    return tag(await once(BookView, catalogue.restore_book, command))


@router.get(
    "/{book_id}/history",
    operation_id="get_history_of_book",
    summary="Show who changed a book, when and how, newest first",
    responses=refused_by(BookHistory.of_book),
)
async def show_history(book_id: UUID, page: Page, catalogue: Catalogue) -> Listing[CatalogueChange]:
    """Shows the history of a book that was removed, too."""
    found = await catalogue.history.of_book(book_id, before=place_in_history(page), limit=page.limit + 1)
    return history_page(found, page)
