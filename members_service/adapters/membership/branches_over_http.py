"""Books, asked over HTTP which branches the library has."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel

from shared.outgoing_http import Gathered, Neighbour, Page


class _Branch(BaseModel):
    code: str


class _Branches(Page):
    items: list[_Branch]


class BranchesOverHttp:
    """Implements `home_branch.LibraryBranches`. Everybody may read branches, so that no token is needed.

    A branch never goes away: one that was known once is not asked for again. One that is unknown may have been added a
    moment ago: it is asked for each time.
    """

    def __init__(self, books: Neighbour) -> None:
        self._books = books
        self._known: dict[str, str] = {}  # by the code in capitals
        self._learn = Gathered[None, None](self._learn_together, neighbour=books.name)

    async def known(self, codes: Collection[str]) -> Mapping[str, str]:
        keys = {code: code.strip().upper() for code in codes}
        if not self._known.keys() >= {*keys.values()}:
            await self._learn(None)
        return {code: self._known[key] for code, key in keys.items() if key in self._known}

    async def _learn_together(self, askers: Sequence[None]) -> list[None]:
        pages = await self._books.pages("/v1/branches", _Branches)
        self._known |= {branch.code.upper(): branch.code for page in pages for branch in page.items}
        return [None] * len(askers)
