"""Books, asked over HTTP which copies of a book it has to lend."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError

from loans_service.adapters.own_token import OwnToken
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.lendable_copy import BookNotFound, BookWasMerged, StockOfBook
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.made_from import made_from
from shared.outgoing_http import NeighbourClient

_A_PAGE = 100
_MOST_PAGES = 10


class _Copy(BaseModel):
    copy_id: UUID
    barcode: str
    branch: str
    item_type: str
    shelf_mark: str | None
    shelf_mark_key: str = ""


class _Copies(BaseModel):
    book_id: UUID
    title: str
    holdable: int
    item_types: tuple[str, ...]
    items: list[_Copy]
    next_cursor: str | None


class _Merged(BaseModel):
    code: Literal["book-merged"]
    into: UUID


class StockOverHttp:
    """Implements `neighbours.Stock`: page by page, up to a thousand copies."""

    def __init__(self, client: NeighbourClient, token: OwnToken) -> None:
        self._client = client
        self._token = token

    async def copies_of(self, book_id: UUID) -> StockOfBook:
        """Ask books. Raises BookNotFound, or NeighbourUnavailable when books gives no usable answer."""
        page = await self._page(book_id, None)
        items, pages = list(page.items), 1
        while page.next_cursor is not None and pages < _MOST_PAGES:
            page = await self._page(book_id, page.next_cursor)
            items += page.items
            pages += 1
        copies = (
            made_from(copy, CirculatingCopy, book_id=page.book_id, title=page.title, home_branch=copy.branch)
            for copy in items
        )
        return StockOfBook(
            page.book_id, page.title, page.holdable, page.item_types, tuple(copies), complete=page.next_cursor is None
        )

    async def _page(self, book_id: UUID, cursor: str | None) -> _Copies:
        asked = {"limit": str(_A_PAGE)} | ({} if cursor is None else {"cursor": cursor})
        path, header = f"/v1/books/{book_id}/lendable-copies", await self._token.header()
        reply = await self._client.get(path, params=asked, headers=header)
        if reply.status_code == 404:
            raise _not_there(reply.content)
        if reply.status_code == 401:
            self._token.forget()
        if reply.status_code != 200:
            raise NeighbourUnavailable(f"The books service answered {reply.status_code}; nothing was changed.")
        try:
            return _Copies.model_validate_json(reply.content)
        except ValidationError as error:
            raise NeighbourUnavailable(
                "The books service answered something unreadable; nothing was changed."
            ) from error


def _not_there(problem: bytes) -> BookNotFound:
    try:
        merged = _Merged.model_validate_json(problem)
    except ValidationError:
        return BookNotFound()
    return BookWasMerged(into=merged.into)
