"""The branches and categories that the neighbours know."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.rules.known_words import alike


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch: its code as the library writes it, its time zone, and its name."""

    code: str
    timezone: str
    name: str


class Branches(Protocol):
    """Books, asked about branches."""

    async def branches(self) -> tuple[Branch, ...]:
        """Return all of them. Raises NeighbourUnavailable when nobody answers."""
        ...


class Categories(Protocol):
    """Members, asked about the categories of membership."""

    async def categories(self) -> tuple[str, ...]:
        """Return all of them. Raises NeighbourUnavailable when nobody answers."""
        ...


def branch_of(code: str, branches: Iterable[Branch]) -> Branch:
    """Return the branch with this code, in capitals or small letters. Raises UnknownBranch with suggestions."""
    known = {branch.code.upper(): branch for branch in branches}
    if (found := known.get(code.upper())) is None:
        raise UnknownBranch(field="branch", did_you_mean=alike(code, (branch.code for branch in known.values())))
    return found
