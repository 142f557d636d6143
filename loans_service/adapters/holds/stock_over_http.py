"""The client of books for the lendable copies of a book."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError

from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged, BoundCopy, StockOfBook, Volume
from shared.kernel.from_attributes import from_attributes
from shared.outgoing_http import Neighbour, NeighbourPage

_MOST_PAGES = 10


class _Copy(BaseModel):
    copy_id: UUID
    barcode: str
    branch: str
    item_type: str
    shelf_mark: str | None
    shelf_mark_key: str = ""
    volume_key: str | None = None
    location: str | None = None  # the version before does not send it


class _BoundCopy(BaseModel):
    copy_id: UUID
    book_id: UUID
    branch: str
    item_type: str
    location: str | None


class _Copies(NeighbourPage):
    book_id: UUID
    title: str
    holdable: int
    item_types: tuple[str, ...]
    volumes: tuple[Volume, ...] = ()  # the version before does not send them
    volume: Volume | None = None
    items: list[_Copy]
    hidden: bool = False  # the version before does not send it
    editions: tuple[UUID, ...] = ()  # nor these
    bound: tuple[_BoundCopy, ...] = ()


class _Merged(BaseModel):
    code: Literal["book-merged"]
    into: UUID


class StockOverHttp:
    """Implements `neighbours.Stock`: page by page, up to a thousand copies."""

    def __init__(self, books: Neighbour) -> None:
        self._books = books

    async def copies_of(self, book_id: UUID, *, volume: str | None = None) -> StockOfBook:
        """Ask books. Raises BookNotFound, or NeighbourUnavailable when books gives no usable answer."""
        path = f"/v1/books/{book_id}/lendable-copies"
        asked = {} if volume is None else {"volume": volume}
        pages = await self._books.pages(path, _Copies, params=asked, most=_MOST_PAGES, missing=_not_there)
        book = pages[-1]
        copies = (
            from_attributes(copy, CirculatingCopy, book_id=book.book_id, title=book.title, home_branch=copy.branch)
            for page in pages
            for copy in page.items
        )
        bound = tuple(from_attributes(copy, BoundCopy) for copy in book.bound)
        return from_attributes(book, StockOfBook, copies=tuple(copies), complete=book.next_cursor is None, bound=bound)


def _not_there(problem: bytes) -> BookNotFound:
    try:
        merged = _Merged.model_validate_json(problem)
    except ValidationError:
        return BookNotFound()
    return BookWasMerged(into=merged.into)
