"""Where a member is at home: in a branch that the library has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.member_record import UnknownBranch
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable

_AT_ONCE = 500


class LibraryBranches(Protocol):
    """The branches that books knows."""

    async def spellings(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the library's spelling of each code; unknown codes are left out.

        Raises NeighbourUnavailable when books does not answer and one of the codes is not cached.
        """
        ...

    async def closed(self) -> Mapping[str, str]:
        """Return the code of each branch that has closed for good, with that of the branch that has its copies now.

        Raises NeighbourUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class LeaveClosedBranches:
    """Let members who are at home in a branch that has closed for good be at home in the one that has its copies.

    Each member is moved in a transaction of his or her own: an interruption only delays the others, and a repetition
    finds nothing. Whoever names a closed branch later is moved in the next hour.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    branches: LibraryBranches
    clock: Clock

    async def __call__(self) -> None:
        try:
            closed = await self.branches.closed()
        except NeighbourUnavailable:
            return
        for branch in closed:
            if (into := _heir(branch, closed)) is not None:
                await self._leave(branch, into=into)

    async def _leave(self, branch: str, *, into: str) -> None:
        after: UUID | None = None
        while found := await self.members.at_home(branch, limit=_AT_ONCE, after=after):
            for member_id in found:
                await self._move(member_id, into=into)
            after = found[-1]

    async def _move(self, member_id: UUID, *, into: str) -> None:
        async with self.unit_of_work(None) as uow:
            try:
                member = await uow.members.get(member_id)
            except MemberNotFound:
                return
            member.edit(replace(member.record, home_branch=into), now=self.clock.now())
            await uow.commit()


def _heir(branch: str, closed: Mapping[str, str]) -> str | None:
    """Return the open branch that has the copies of a closed one by now; None if closed ones name each other."""
    seen, into = {branch}, closed[branch]
    while into in closed and into not in seen:
        seen.add(into)
        into = closed[into]
    return None if into in seen else into


async def checked_branch(code: str, branches: LibraryBranches, *, field: str = "home_branch") -> str:
    """Return the code of a branch as the library writes it. Raises UnknownBranch or NeighbourUnavailable."""
    spellings = await branches.spellings([code])
    if code not in spellings:
        raise UnknownBranch(field=field)
    return spellings[code]
