"""Fetches the branches of the library from books, over HTTP."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel

from shared.outgoing_http import Gathered, Neighbour, NeighbourPage


class _Branch(BaseModel):
    code: str
    copies_to: str | None = None


class _Branches(NeighbourPage):
    items: list[_Branch]


class BranchesOverHttp:
    """Implements `home_branch.LibraryBranches`. Everybody may read branches, so that no token is needed.

    A branch never goes away: each is cached for good. An unknown one may have been added a moment ago: it is fetched
    each time.
    """

    def __init__(self, books: Neighbour) -> None:
        self._books = books
        self._cached: dict[str, str] = {}  # by the code in capitals
        self._fetch = Gathered[None, None](self._fetch_together, neighbour=books.name)

    async def spellings(self, codes: Collection[str]) -> Mapping[str, str]:
        keys = {code: code.strip().upper() for code in codes}
        if not self._cached.keys() >= {*keys.values()}:
            await self._fetch(None)
        return {code: self._cached[key] for code, key in keys.items() if key in self._cached}

    async def closed(self) -> Mapping[str, str]:
        pages = await self._books.pages("/v1/branches", _Branches, params={"closed": "true"})
        return {one.code: one.copies_to for page in pages for one in page.items if one.copies_to is not None}

    async def _fetch_together(self, askers: Sequence[None]) -> list[None]:
        pages = await self._books.pages("/v1/branches", _Branches)
        self._cached |= {branch.code.upper(): branch.code for page in pages for branch in page.items}
        return [None] * len(askers)
