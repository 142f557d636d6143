"""The routes that show the indexes of the catalogue from A to Z."""

from dataclasses import replace
from inspect import getdoc
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from books_service.api.catalogue.book_lists import Code
from books_service.api.dependencies import Browse
from books_service.application.search.browse_index import BrowseIndex, IndexQuery
from books_service.application.search.queries.index_walks import BrowsedIndex
from shared.web.cursors import Listing, ListPage, Page
from shared.web.json.strict_json import ResponseModel, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/browse", route_class=StrictRoute, tags=["books"])

_Place = Annotated[
    str, line(200, empty=True), Query(alias="from", description="Where to open the index; as it is written.")
]
_Branch = Annotated[Code, Query(description="Only what stands in this branch.")]
_Key = Annotated[str, Field(max_length=600, pattern=r"^[^\x00]*$")]
_POSITION: Any = tuple[Literal["after", "before"], _Key]


class IndexEntryResponse(ResponseModel):
    """An entry of an index, as the first of its books writes it, and how many books it stands for."""

    heading: str
    books: int


class IndexResponse(Listing[IndexEntryResponse]):
    """A part of an index. `at` counts the entries before the place that was asked for; null where it is behind all.

    `previous_cursor` leads to the entries before this part, `next_cursor` to those behind it.
    """

    at: int | None
    previous_cursor: str | None


@router.get(
    "/shelf-marks",
    operation_id="browse_shelf_marks",
    summary="Browse the shelf marks",
    description=getdoc(BrowseIndex),
    responses=refused_by(BrowseIndex),
)
async def shelf_marks(
    page: Page,
    browse: Browse,
    *,
    place: _Place = "",
    branch: _Branch = None,
) -> IndexResponse:
    return await _shown(page, browse, IndexQuery(BrowsedIndex.SHELF_MARKS, page.limit, place, branch))


@router.get(
    "/{kind}",
    operation_id="browse_headings",
    summary="Browse authors, subjects or titles",
    description=getdoc(BrowseIndex),
    responses=refused_by(BrowseIndex),
)
async def headings(
    page: Page,
    browse: Browse,
    kind: Literal["authors", "subjects", "titles"],
    *,
    place: _Place = "",
    branch: _Branch = None,
) -> IndexResponse:
    return await _shown(page, browse, IndexQuery(BrowsedIndex(kind), page.limit, place, branch))


async def _shown(page: ListPage, browse: BrowseIndex, query: IndexQuery) -> IndexResponse:
    position: tuple[Any, Any] | None = page.after(_POSITION)
    found = await browse(query if position is None else replace(query, **dict([position])))
    entries = [IndexEntryResponse(heading=entry.heading, books=entry.books) for entry in found.entries]
    before = ("before", found.entries[0].key) if entries and found.has_before else None
    last = ("after", found.entries[-1].key) if entries and found.has_next else None
    previous_cursor, next_cursor = page.between(before, last)
    return IndexResponse(items=entries, next_cursor=next_cursor, previous_cursor=previous_cursor, at=found.at)
