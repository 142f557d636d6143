"""Routes by which lending asks how many copies of a book may be lent, of one book or of many."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from books_service.api.dependencies import Stock
from books_service.api.stock.lendability import MOST_AT_ONCE, ProblemResponse
from books_service.application.stock.queries.copies import StockQueries
from books_service.application.stock.views import BookLendability, BookQuestion
from books_service.domain.stock.copy_facts import LONGEST_VOLUME
from shared.kernel.errors import InvalidValue, LibraryError
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

of_many = APIRouter(prefix="/v1/books/lendability", route_class=StrictRoute, tags=["books"])
of_one = APIRouter(prefix="/v1/books/{book_id}/lendability", route_class=StrictRoute, tags=["books"])


class NamedBook(StrictJsonBody):
    """One book, by exactly one of the three names."""

    book_id: UUID | None = None
    isbn: Annotated[str, line(40)] | None = None
    book: Annotated[str, line(100)] | None = Field(None, description="The key that another system had for it.")
    volume: Annotated[str, line(LONGEST_VOLUME)] | None = Field(None, description="Only this volume of it.")

    def to_question(self) -> BookQuestion:
        """Return the question. Raises InvalidValue unless exactly one of the three names the book."""
        if sum(name is not None for name in (self.book_id, self.isbn, self.book)) != 1:
            raise InvalidValue("Name the book by exactly one of book_id, isbn or book.", field="book_id")
        return BookQuestion(self.book_id, self.isbn, self.book, self.volume)


class BookLendabilityRequest(StrictJsonBody):
    """Up to 100 books."""

    books: Annotated[list[NamedBook], Field(min_length=1, max_length=MOST_AT_ONCE)]


class BookProblem(ProblemResponse):
    """Why there is no answer about a book."""


class BookLendabilityAnswer(ResponseModel):
    """What was found of one book, or why nothing was."""

    found: BookLendability | None = None
    problem: BookProblem | None = None


class BookLendabilityAnswers(ResponseModel):
    """An answer for each book, in the order asked."""

    items: list[BookLendabilityAnswer]


@of_many.post(
    "",
    operation_id="get_lendability_of_books",
    summary="Say of up to 100 books how many copies may be lent",
    response_model_exclude_unset=True,
)
async def show_many(body: BookLendabilityRequest, stock: Stock) -> BookLendabilityAnswers:
    """Answer for each book, in the order asked, as the single route does; what is refused for one stops no other."""
    answers = await stock.queries.books_lendability([each.to_question() for each in body.books])
    return BookLendabilityAnswers(
        items=[
            BookLendabilityAnswer(problem=BookProblem(code=each.code, detail=each.detail))
            if isinstance(each, LibraryError)
            else BookLendabilityAnswer(found=each)
            for each in answers
        ]
    )


@of_one.get(
    "",
    operation_id="get_lendability_of_book",
    summary="Say how many copies of a book may be lent",
    responses=refused_by(StockQueries.book_lendability),
)
async def show_book(book_id: UUID, stock: Stock) -> BookLendability:
    """Count the copies that are in service and meant to be lent, wherever they are now."""
    return await stock.queries.book_lendability(book_id)
