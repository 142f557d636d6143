"""Where a member is at home: in a branch that the library has."""

from collections.abc import Collection, Mapping
from typing import Protocol

from members_service.domain.membership.member_record import UnknownBranch


class LibraryBranches(Protocol):
    """Books, asked about branches."""

    async def known(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return, by these codes, how the library writes them; without those that it does not have.

        Raises NeighbourUnavailable when nobody answers, unless there were answers for all of them before.
        """
        ...


async def checked_branch(code: str, branches: LibraryBranches) -> str:
    """Return the code of a branch as the library writes it. Raises UnknownBranch or NeighbourUnavailable."""
    known = await branches.known([code])
    if code not in known:
        raise UnknownBranch
    return known[code]
