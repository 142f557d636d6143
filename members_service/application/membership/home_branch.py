"""Where a member is at home: in a branch that the library has."""

from collections.abc import Collection, Mapping
from typing import Protocol

from members_service.domain.membership.member_record import UnknownBranch


class LibraryBranches(Protocol):
    """The branches that books knows."""

    async def spellings(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the library's spelling of each code; unknown codes are left out.

        Raises NeighbourUnavailable when books does not answer and one of the codes is not cached.
        """
        ...


async def checked_branch(code: str, branches: LibraryBranches, *, field: str = "home_branch") -> str:
    """Return the code of a branch as the library writes it. Raises UnknownBranch or NeighbourUnavailable."""
    spellings = await branches.spellings([code])
    if code not in spellings:
        raise UnknownBranch(field=field)
    return spellings[code]
