"""What circulation asks its neighbours, and the keys that it asks with."""

from collections.abc import Awaitable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from loans_service.domain.borrower import Standing
from loans_service.domain.circulating_copy import CopyKey, CopyState
from loans_service.domain.holds.placing import RequestedItem
from loans_service.domain.lendable_copy import LendableCopy, StockOfBook, UnknownBranch
from loans_service.domain.rules.known_words import alike
from shared.kernel.errors import NotFound

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class BookKey:
    """How a file names a book, by one of the first three, and a volume of it.

    `external_id` is the key of the book in the other system.
    """

    isbn: str | None = None
    book_id: str | None = None
    external_id: str | None = None
    volume: str | None = None


@dataclass(frozen=True, slots=True)
class MemberKey:
    """How a desk names a member: exactly one of the first two is set.

    With `acting_for`, that member acts for another one, whose standing it is about.
    """

    member_id: UUID | None = None
    card_number: str | None = None
    acting_for: UUID | None = None


class Catalogue(Protocol):
    """Books: copies that may be lent, and branch codes."""

    async def lendable_copy(self, key: CopyKey, *, desk: str | None = None) -> LendableCopy:
        """Return whether this copy may be lent, and the branch with the code `desk`, in capitals or small letters.

        Raises CopyNotFound, or NeighbourUnavailable if books does not answer.
        """
        ...

    async def branch(self, code: str) -> str:
        """Return the code of a branch, given in capitals or small letters, as the library writes it.

        Raises UnknownBranch, or NeighbourUnavailable.
        """
        ...


class Stock(Protocol):
    """Books: the copies of a book."""

    async def copies_of(self, book_id: UUID, *, volume: str | None = None) -> StockOfBook:
        """Return the copies of a book, or of one volume of it, that may be lent.

        Raises BookNotFound, or NeighbourUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class CopiesOfBook:
    """How many copies of a title are lent, and how many are worth waiting for."""

    title: str
    lendable: int
    holdable: int


class Titles(Protocol):
    """Books: titles that a file names, and how many copies many titles have."""

    async def requested_item(self, key: BookKey) -> RequestedItem:
        """Return the item of a hold for any copy of this book. Raises BookNotFound, or NeighbourUnavailable."""
        ...

    async def copies_of_books(self, book_ids: Collection[UUID]) -> Mapping[UUID, CopiesOfBook]:
        """Return how many copies these books have, without those that are not there. Raises NeighbourUnavailable."""
        ...


class CatalogueStates(Protocol):
    """The states of copies as books shows them. Raises NeighbourUnavailable if books does not answer."""

    async def states_away(self, *, after: UUID, limit: int) -> list[CopyState]:
        """Return up to `limit` copies, at most 100, that are not available at home, in the order of their ids."""
        ...

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        """Return the states of these copies, at most 100; copies unknown to books are left out."""
        ...


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch: its code as the library writes it, its time zone, its name, and the codes of its locations."""

    code: str
    timezone: str
    name: str
    locations: tuple[str, ...] = ()


class Branches(Protocol):
    """Books: the branches."""

    async def branches(self) -> tuple[Branch, ...]:
        """Return all that are open. Raises NeighbourUnavailable without an answer."""
        ...

    async def closed_branches(self) -> Mapping[str, str]:
        """Return those that have closed for good, and which branch has their copies now. Raises NeighbourUnavailable.

        Both by their codes, as the library writes them.
        """
        ...


class Categories(Protocol):
    """Members: the categories of membership."""

    async def categories(self) -> tuple[str, ...]:
        """Return all of them. Raises NeighbourUnavailable without an answer."""
        ...


class MemberDirectory(Protocol):
    """Members: the standings of members."""

    async def standing(self, key: MemberKey) -> Standing:
        """Return the member's standing. Raises MemberNotFound, or NeighbourUnavailable if members does not answer."""
        ...


class Guardians(Protocol):
    """Members: guardians and their permissions."""

    async def may_see(self, guardian_id: UUID, *, member_id: UUID) -> bool:
        """Return whether a guardian may see the loans, holds and fines of the member. Raises NeighbourUnavailable."""
        ...


async def unless_unknown(question: Awaitable[Answer]) -> Answer | NotFound | UnknownBranch:
    """Return the answer, or the error if the neighbour does not know what it was asked about."""
    try:
        return await question
    except (NotFound, UnknownBranch) as unknown:
        return unknown


def branch_of(code: str, branches: Iterable[Branch]) -> Branch:
    """Return the branch with this code, in capitals or small letters. Raises UnknownBranch with suggestions."""
    known = {branch.code.upper(): branch for branch in branches}
    if (found := known.get(code.upper())) is None:
        raise UnknownBranch(field="branch", did_you_mean=alike(code, (branch.code for branch in known.values())))
    return found
