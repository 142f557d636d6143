"""Fetches titles, copies and branches from books, over HTTP. All of it is public, so that no token is needed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from members_service.application.notices.ports import BranchPlace, CopyNow, TitleNow
from shared.kernel.errors import NotFound
from shared.outgoing_http import Neighbour, NeighbourPage

_MOST, _FRESH = 20_000, 3600.0  # things kept, and seconds for which they count
_AT_ONCE = 8


class _Book(BaseModel):
    title: str
    authors: list[str]


class _Copy(BaseModel):
    barcode: str
    shelf_mark: str | None = None
    volume: str | None = None


class _Branch(BaseModel):
    code: str
    name: str
    address: str | None = None
    phone: str | None = None
    email: str | None = None


class _Branches(NeighbourPage):
    items: list[_Branch]


class _Gone(NotFound):
    code = "not-found"


Thing = TypeVar("Thing")


@dataclass(slots=True)
class _Kept(Generic[Thing]):
    thing: Thing | None
    until: float


class BooksOverHttp:
    """Implements `ports.Catalogue`. What was fetched an hour ago at most is not fetched again."""

    def __init__(self, books: Neighbour) -> None:
        self._books = books
        self._titles: OrderedDict[UUID, _Kept[TitleNow]] = OrderedDict()
        self._copies: OrderedDict[UUID, _Kept[CopyNow]] = OrderedDict()
        self._branches: _Kept[Mapping[str, BranchPlace]] = _Kept(None, 0.0)

    async def titles(self, book_ids: Collection[UUID]) -> Mapping[UUID, TitleNow]:
        return await _all(book_ids, self._titles, self._title)

    async def copies(self, copy_ids: Collection[UUID]) -> Mapping[UUID, CopyNow]:
        return await _all(copy_ids, self._copies, self._copy)

    async def branches(self) -> Mapping[str, BranchPlace]:
        if self._branches.thing is None or self._branches.until < monotonic():
            pages = await self._books.pages("/v1/branches", _Branches)
            found = {
                one.code.upper(): BranchPlace(one.name, one.address, one.phone, one.email)
                for page in pages
                for one in page.items
            }
            self._branches = _Kept(found, monotonic() + _FRESH)
        return self._branches.thing or {}

    async def _title(self, book_id: UUID) -> TitleNow | None:
        try:
            book = await self._books.get(f"/v1/books/{book_id}", _Book, missing=lambda _: _Gone())
        except _Gone:
            return None
        return TitleNow(book.title, next(iter(book.authors), None))

    async def _copy(self, copy_id: UUID) -> CopyNow | None:
        try:
            copy = await self._books.get(f"/v1/copies/{copy_id}", _Copy, missing=lambda _: _Gone())
        except _Gone:
            return None
        return CopyNow(copy.barcode, copy.shelf_mark, copy.volume)


async def _all(
    ids: Collection[UUID],
    kept: OrderedDict[UUID, _Kept[Thing]],
    fetch: Callable[[UUID], Awaitable[Thing | None]],
) -> dict[UUID, Thing]:
    now, places = monotonic(), asyncio.Semaphore(_AT_ONCE)

    async def one(id: UUID) -> None:
        async with places:
            kept[id] = _Kept(await fetch(id), now + _FRESH)

    await asyncio.gather(*(one(id) for id in set(ids) if id not in kept or kept[id].until < now))
    found = {id: thing for id in ids if (thing := kept[id].thing) is not None}
    while len(kept) > _MOST:
        kept.popitem(last=False)
    return found
