"""The client of books for copies, titles and branches."""

import asyncio
import re
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from loans_service.adapters.batch_route import BatchRoute
from loans_service.application.neighbours import BookKey, Branch, CopiesOfBook, unless_unknown
from loans_service.domain.circulating_copy import CopyKey, CopyState, Stands, StandsWhy
from loans_service.domain.holds.placing import RequestedItem
from loans_service.domain.lendable_copy import (
    BookNotFound,
    CopyNotFound,
    CopyNotLendable,
    LendableCopy,
    UnknownBranch,
    Volume,
)
from loans_service.domain.money import Money
from shared.kernel.from_attributes import from_attributes
from shared.outgoing_http import Gathered, Neighbour, NeighbourPage


class _Refusal(BaseModel):
    """A refusal by books, with figures such as the copy's status, which are passed on."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str


class _BookLendability(BaseModel):
    book_id: UUID
    title: str
    holdable_copies: int
    lendable_copies: int = 0
    item_types: tuple[str, ...]
    volumes: tuple[Volume, ...] = ()  # the version before does not send them
    volume: Volume | None = None


class _Price(BaseModel):
    amount: int = Field(ge=0)
    currency: str = Field(pattern="^[A-Z]{3}$")


class _Lendability(BaseModel):
    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    branch: str
    item_type: str
    lendable: bool
    refusals: list[_Refusal]
    price: _Price | None
    desk_branch: str | None
    timezone: str
    status_since: datetime | None = None  # the version before sends none of these
    hidden: bool = False
    volume_key: str | None = None
    location: str | None = None
    staff_note: str | None = None


class _Stands(BaseModel):
    branch: str | None
    why: StandsWhy


class _ReportedAvailability(BaseModel):
    copy_id: UUID
    book_id: UUID | None
    availability: str
    due_at: datetime | None
    transit_to: str | None
    stands: _Stands


class _ReportedAvailabilities(BaseModel):
    items: list[_ReportedAvailability]


class _Location(BaseModel):
    code: str


class _Branch(BaseModel):
    code: str
    timezone: str
    name: str
    locations: list[_Location] = []
    copies_to: str | None = None  # the version before does not send it


class _Branches(NeighbourPage):
    items: list[_Branch]


_CODE = re.compile("[A-Za-z0-9][A-Za-z0-9._-]*")
"""The form of branch codes; nothing else is put into a URL."""


_BRANCH_IS_KNOWN_FOR = 60.0  # seconds; it may close for good


class BooksOverHttp:
    """Implements `neighbours.Catalogue`, `neighbours.Branches` and `neighbours.CatalogueStates`.

    Also `neighbours.Titles`.
    """

    def __init__(self, books: Neighbour) -> None:
        self._books = books
        self._all_branches = Gathered[None, tuple[Branch, ...]](self._all_pages, neighbour=books.name)
        self._lendability = BatchRoute(
            books, "/v1/copies/lendability", under="copies", refusals={CopyNotFound.code: CopyNotFound}
        )
        self._book_lendability = BatchRoute(
            books, "/v1/books/lendability", under="books", refusals={BookNotFound.code: BookNotFound}
        )
        self._branches: dict[str, tuple[str, float]] = {}  # by the code in capitals: as it is written, and until when

    async def lendable_copy(self, key: CopyKey, *, desk: str | None = None) -> LendableCopy:
        """Ask books. Raises CopyNotFound, or NeighbourUnavailable when books gives no usable answer."""
        question = {"barcode": key.barcode} if key.barcode is not None else {"copy_id": str(key.copy_id)}
        code = "" if desk is None else desk.strip()
        if _CODE.fullmatch(code):
            question["branch"] = code
        answer = await self._lendability.ask(question, _Lendability)
        if answer.desk_branch is not None:  # so that a return there need not ask, even while books is away
            self._note_branch(answer.desk_branch)
        refusals = tuple(CopyNotLendable(refusal.detail, **(refusal.model_extra or {})) for refusal in answer.refusals)
        if not answer.lendable and not refusals:
            refusals = (CopyNotLendable("The library does not lend this copy at present."),)
        return from_attributes(
            answer,
            LendableCopy,
            refusals=refusals,
            price=None if answer.price is None else Money(answer.price.amount, answer.price.currency),
            desk=answer.desk_branch,
        )

    async def requested_item(self, key: BookKey) -> RequestedItem:
        """Ask books. Raises BookNotFound, also for an invalid id, or NeighbourUnavailable."""
        named = {"isbn": key.isbn, "book_id": key.book_id, "book": key.external_id, "volume": key.volume}
        question = {name: value for name, value in named.items() if value is not None}
        if key.book_id is not None and not _is_id(key.book_id):
            raise BookNotFound
        found = await self._book_lendability.ask(question, _BookLendability)
        return from_attributes(
            found,
            RequestedItem,
            holdable=found.holdable_copies > 0,
            copy_id=None,
            branch="",
            location=None,
            asked_volume=key.volume,
            editions=(),
            any_edition=False,
            bound_book_id=None,
        )

    async def copies_of_books(self, book_ids: Collection[UUID]) -> Mapping[UUID, CopiesOfBook]:
        """Ask books about all of them in batches. Raises NeighbourUnavailable."""
        ask = self._book_lendability.ask
        asked = (unless_unknown(ask({"book_id": str(each)}, _BookLendability)) for each in book_ids)
        found = await asyncio.gather(*asked)
        return {
            each: CopiesOfBook(answer.title, answer.lendable_copies, answer.holdable_copies)
            for each, answer in zip(book_ids, found, strict=True)
            if isinstance(answer, _BookLendability)
        }

    async def branch(self, code: str) -> str:
        """Return the code from the cache, else ask books. Raises UnknownBranch, which is not cached."""
        key = code.strip().upper()
        code, until = self._branches.get(key, ("", 0.0))
        if time.monotonic() < until:
            return code
        if not _CODE.fullmatch(key):
            raise UnknownBranch
        answer = await self._books.get(f"/v1/branches/{key}", _Branch, missing=lambda _: UnknownBranch())
        if answer.copies_to is not None:
            raise UnknownBranch
        self._note_branch(answer.code)
        return answer.code

    def _note_branch(self, code: str) -> None:
        self._branches[code.upper()] = code, time.monotonic() + _BRANCH_IS_KNOWN_FOR

    async def closed_branches(self) -> Mapping[str, str]:
        """Ask books. Raises NeighbourUnavailable."""
        pages = await self._books.pages("/v1/branches", _Branches, params={"closed": "true"})
        return {each.code: each.copies_to for page in pages for each in page.items if each.copies_to is not None}

    async def branches(self) -> tuple[Branch, ...]:
        """Ask books for all branches. Raises NeighbourUnavailable.

        They are not cached, because a branch may have been added a moment ago.
        """
        return await self._all_branches(None)

    async def _all_pages(self, askers: Sequence[None]) -> list[tuple[Branch, ...]]:
        pages = await self._books.pages("/v1/branches", _Branches)
        found = tuple(
            Branch(each.code, each.timezone, each.name, tuple(location.code for location in each.locations))
            for page in pages
            for each in page.items
        )
        return [found] * len(askers)

    async def states_away(self, *, after: UUID, limit: int) -> list[CopyState]:
        return await self._availabilities(f"after={after}&limit={limit}")

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        return await self._availabilities("&".join(f"copy_id={copy_id}" for copy_id in copy_ids))

    async def _availabilities(self, question: str) -> list[CopyState]:
        answer = await self._books.get(f"/v1/copies/availability?{question}", _ReportedAvailabilities)
        return [
            from_attributes(each, CopyState, stands=from_attributes(each.stands, Stands, since=None))
            for each in answer.items
        ]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
