"""The route that lists the books of the catalogue: all of them, or those that are looked for."""

from inspect import getdoc
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from books_service.api.dependencies import Looking, Search
from books_service.api.shapes import NamedAttribute, TagWord
from books_service.application.catalogue.views import BookView
from books_service.application.search.queries.search import FacetCounts
from books_service.application.search.search_books import BookQuery, BooksFound, SearchBooks
from books_service.domain.catalogue.format import BookFormat
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.catalogue.record import EARLIEST_YEAR, LATEST_YEAR, NO_YEAR
from books_service.domain.search.search import Facet, Order
from shared.web.cursors import Listing, ListPage, Page
from shared.web.json.strict_json import Moment, PlainDigits, ResponseModel, ShortNumber, StrictRoute, line, read_by
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/books", route_class=StrictRoute, tags=["books"])

Words = Annotated[str | None, line(200)]
IsbnFilter = Annotated[str, line(40), read_by(Isbn.parse)]
Code = Annotated[str | None, Field(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
LanguageTag = Annotated[str, line(20), read_by(Language.repaired)]
Year = Annotated[int | None, Field(ge=EARLIEST_YEAR, le=LATEST_YEAR), PlainDigits]

_FACET = "|".join(Facet)
_FiledTitle = Annotated[str, Field(max_length=150, pattern=r"^[^\x00]*$")]
_FiledLoans = Annotated[int, Field(ge=0, le=2**31 - 1)]
_FiledYear = Annotated[int, Field(ge=NO_YEAR, le=LATEST_YEAR)]
_Relevance = Literal["relevance"]
# The order comes first: a place in another order would parse as well, and lead anywhere.
_PLACES: dict[str, Any] = {
    "relevance": tuple[_Relevance, bool, Literal[1], _FiledTitle, UUID]
    | tuple[_Relevance, bool, Literal[0, 2, 3], Moment, UUID],
    "title": tuple[Literal["title"], bool, Literal[0], _FiledTitle, UUID],
    "author": tuple[Literal["author"], bool, Literal[0], _FiledTitle, UUID],
    "shelf_mark": tuple[Literal["shelf_mark"], bool, Literal[0], _FiledTitle, UUID],
    "-loans": tuple[Literal["-loans"], bool, Literal[0], _FiledLoans, UUID],
    "-published_year": tuple[Literal["-published_year"], bool, Literal[0], _FiledYear, UUID],
    "-added_at": tuple[Literal["-added_at"], bool, Literal[0], Moment, UUID],
}


class ValueCounted(ResponseModel):
    """A value and in how many books it stands."""

    value: str
    count: int


class BookListResponse(Listing[BookView]):
    """A page of books.

    `respelt` names the words that were looked for instead of those that nothing was found for. `facets` are there if
    they were asked for; they count the values of `facets_books` books, which are all that are found if
    `facets_complete`. `total` is how many are found, if it was asked for: counted to 10000, and all unless
    `total_complete` is false.
    """

    respelt: dict[str, list[str]]
    facets: dict[Facet, list[ValueCounted]] | None
    facets_books: int | None
    facets_complete: bool | None
    total: int | None
    total_complete: bool | None


@router.get(
    "",
    operation_id="list_books",
    summary="Find books",
    description=getdoc(SearchBooks),
    responses=refused_by(SearchBooks),
)
async def show_many(
    page: Page,
    search_books: Search,
    looking: Looking,
    *,
    q: Annotated[
        str,
        line(200, empty=True),
        Query(
            description="Words of titles, names, subjects, series, publishers, shelf marks; an ISBN, or the number of a"
            " book. The last may be unfinished."
        ),
    ] = "",
    title: Annotated[Words, Query(description="Words of the title or subtitle.")] = None,
    author: Annotated[Words, Query(description="Words of the name of an author or contributor.")] = None,
    subject: Annotated[Words, Query(description="Words of a subject.")] = None,
    isbn: Annotated[IsbnFilter | None, Query(description="ISBN-10 or ISBN-13, with or without hyphens.")] = None,
    number: Annotated[ShortNumber | None, Query(description="The number of the book: a list of none or one.")] = None,
    suppressed: Annotated[
        bool,
        Query(description="Only books that the library hides, as those still to be catalogued; the public sees none."),
    ] = False,
    language: Annotated[LanguageTag | None, Query(description="ISO 639, two or three letters.")] = None,
    series: Annotated[Words, Query(description="Words of the title of a series, and the number in it.")] = None,
    publisher: Annotated[Words, Query(description="Words of the name of the publisher.")] = None,
    classification: Annotated[Words, Query(description="A class, or one above it: 823 finds 823.7, too.")] = None,
    format: Annotated[BookFormat | None, Query(description="What kind of thing it is.")] = None,
    online: Annotated[bool, Query(description="Only what can be read or heard on the web.")] = False,
    branch: Annotated[Code, Query(description="A branch where a copy is at home, or stands.")] = None,
    item_type: Annotated[Code, Query(description="The item type of a copy.")] = None,
    shelf_mark: Annotated[
        Words, Query(description="The shelf mark of a copy, or its beginning: QA 76 finds QA 76.73 .P98, too.")
    ] = None,
    volume: Annotated[Words, Query(description="The volume of a copy, however it is spelt: 2 finds Vol. 2.")] = None,
    tag: Annotated[TagWord | None, Query(description="A tag that staff gave the book.")] = None,
    attribute: Annotated[
        NamedAttribute | None, Query(description="An attribute of the book: its name, : and its text.")
    ] = None,
    year_from: Annotated[Year, Query(description="The earliest year; negative before our era.")] = None,
    year_to: Annotated[Year, Query(description="The latest year.")] = None,
    available: Annotated[
        bool, Query(description="Only books of which a copy can be had now, or that are online and need none.")
    ] = False,
    available_at: Annotated[Code, Query(description="A branch where a copy can be had now.")] = None,
    sort: Annotated[
        Order | None,
        Query(description="By relevance if there is anything to be relevant to, else newest in the catalogue first."),
    ] = None,
    facets: Annotated[
        str | None,
        Query(
            pattern=f"^({_FACET})(,({_FACET}))*$",
            description=f"Of what to count the values, with commas between them: {', '.join(Facet)}.",
        ),
    ] = None,
    total: Annotated[bool, Query(description="Also how many are found in all; it costs another look.")] = False,
) -> BookListResponse:
    order = sort or (Order.RELEVANCE if q or title else Order.NEWLY_ADDED)
    place = page.after(_PLACES[order])
    query = BookQuery(
        limit=page.limit,
        order=order,
        after=place and place[1:],
        facets=tuple(facets.split(",")) if facets else (),
        with_total=total,
        q=q or None,
        title=title,
        author=author,
        subject=subject,
        isbn=isbn,
        number=number,
        suppressed=suppressed,
        language=language,
        series=series,
        publisher=publisher,
        classification=classification,
        format=format,
        online=online,
        branch=branch,
        item_type=item_type,
        shelf_mark=shelf_mark,
        volume=volume,
        tag=tag,
        attribute=attribute,
        available_at=available_at,
        first_year=year_from,
        last_year=year_to,
        available=available,
        with_hidden=looking.sees_hidden,
    )
    return _page_of(await search_books(query), order, page)


def _page_of(found: BooksFound, order: Order, page: ListPage) -> BookListResponse:
    last = None if found.next is None else (order, *found.next)
    books = page.ending(found.books, last)
    return BookListResponse(
        items=books.items,
        next_cursor=books.next_cursor,
        respelt=found.respelt,
        total=None if found.total is None else found.total.books,
        total_complete=None if found.total is None else found.total.complete,
        **_counted(found.facets),
    )


def _counted(facets: FacetCounts | None) -> dict[str, Any]:
    if facets is None:
        return {"facets": None, "facets_books": None, "facets_complete": None}
    values = {
        facet: [ValueCounted(value=value, count=count) for value, count in counts]
        for facet, counts in facets.values.items()
    }
    return {"facets": values, "facets_books": facets.books, "facets_complete": facets.complete}
