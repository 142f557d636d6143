"""Routes for books: titles of the catalogue."""

from inspect import getdoc
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict

from books_service.api.catalogue.book_models import (
    BookPatchRequest,
    BookReplaced,
    BookRequest,
    BookResponse,
    availability_mark,
)
from books_service.api.catalogue.history_models import ChangeResponse, history_shown, place_in_history
from books_service.api.dependencies import Actor, UseCases
from books_service.application.catalogue import add_book as adding
from books_service.application.catalogue import remove_book as removing
from books_service.application.catalogue import revise_book as revising
from books_service.application.catalogue.add_book import AddBook, add_book
from books_service.application.catalogue.remove_book import RemoveBook, remove_book
from books_service.application.catalogue.revise_book import ReviseBook, revise_book
from books_service.application.catalogue.views import BookView
from books_service.application.ports import Ports
from books_service.application.refusals import OF_ONE_BOOK
from shared.kernel.receipts import Receipt
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatch, MaybeIfMatch, Tag, Tagger
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/books", route_class=StrictRoute, tags=["books"])


class BookLendabilityResponse(ResponseModel):
    """How many copies of a book may be lent, and of which types those are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "book_id": "01a20f56-0b5a-72ae-b315-6757a5c0edd1",
                    "title": "Romola",
                    "lendable_copies": 2,
                    "copies": 2,
                    "item_types": ["book"],
                }
            ]
        }
    )

    book_id: UUID
    title: str
    lendable_copies: int
    copies: int
    item_types: list[str]


@router.post(
    "",
    status_code=201,
    operation_id="add_book",
    summary="Add a book to the catalogue",
    description=getdoc(add_book),
    responses=located() | refusals(*adding.REFUSALS),
)
async def add(
    body: BookRequest, *, ports: UseCases, who: Actor, once: Once, tag: Tag, response: Response
) -> BookResponse:
    async def act(receipt: Receipt | None) -> BookView:
        fields = AddBook(**body.fields(), by=who)
        return await add_book(fields, uow=ports.unit_of_work(receipt), clock=ports.clock)

    book = await once(BookView, act)
    response.headers["Location"] = f"/v1/books/{book.book_id}"
    tag(book.version, availability_mark(book.availability))
    return BookResponse.of(book)


@router.get(
    "/{book_id}",
    operation_id="get_book",
    summary="Show a book with its availability",
    responses=refusals(*OF_ONE_BOOK),
)
async def show_one(book_id: UUID, ports: UseCases, tag: Tag) -> BookResponse:
    """Show a title, and how many of its copies are there, lent, or waiting for somebody."""
    book = await ports.views.book(book_id)
    tag(book.version, availability_mark(book.availability))
    return BookResponse.of(book)


@router.put(
    "/{book_id}",
    operation_id="replace_book",
    summary="Replace what the catalogue says of a book",
    description=getdoc(revise_book),
    responses=refusals(*revising.REFUSALS),
)
async def replace(
    book_id: UUID, body: BookReplaced, version: IfMatch, *, ports: UseCases, who: Actor, tag: Tag
) -> BookResponse:
    return await _revise(ReviseBook(book_id, version, body.fields(), who), ports, tag)


@router.patch(
    "/{book_id}",
    operation_id="revise_book",
    summary="Change what the catalogue says of a book",
    description=getdoc(revise_book),
    responses=refusals(*revising.REFUSALS),
)
async def revise(
    book_id: UUID, body: BookPatchRequest, version: IfMatch, *, ports: UseCases, who: Actor, tag: Tag
) -> BookResponse:
    return await _revise(ReviseBook(book_id, version, body.fields(), who), ports, tag)


async def _revise(command: ReviseBook, ports: Ports, tag: Tagger) -> BookResponse:
    book = await revise_book(command, uow=ports.unit_of_work(None), clock=ports.clock)
    tag(book.version, availability_mark(book.availability))
    return BookResponse.of(book)


@router.delete(
    "/{book_id}",
    status_code=204,
    operation_id="remove_book",
    summary="Remove a book that has no copies",
    description=getdoc(remove_book),
    responses=refusals(*removing.REFUSALS),
)
async def remove(book_id: UUID, version: MaybeIfMatch, ports: UseCases, who: Actor) -> None:
    await remove_book(RemoveBook(book_id, version, who), uow=ports.unit_of_work(None), clock=ports.clock)


@router.get(
    "/{book_id}/history",
    operation_id="get_history_of_book",
    summary="Show who changed a book, when and how, newest first",
    responses=refusals(*OF_ONE_BOOK),
)
async def show_history(
    book_id: UUID, page: Page, ports: UseCases, request: Request, response: Response
) -> Listing[ChangeResponse]:
    """Shows the history of a book that was removed, too."""
    found = await ports.history.of_book(book_id, before=place_in_history(page), limit=page.limit + 1)
    return history_shown(found, page, request, response)


@router.get(
    "/{book_id}/lendability",
    operation_id="get_lendability_of_book",
    summary="Say how many copies of a book may be lent",
    responses=refusals(*OF_ONE_BOOK),
)
async def show_lendability(book_id: UUID, ports: UseCases) -> BookLendabilityResponse:
    """Count the copies that are in service and meant to be lent, wherever they are now."""
    return BookLendabilityResponse.of(await ports.views.book_lendability(book_id))
