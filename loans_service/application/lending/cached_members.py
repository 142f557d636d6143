"""Ask members once about the same person in a request of many lines."""

from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import Standing


class CachedMembers:
    """Implements `neighbours.MemberDirectory` for one request: the first answer about a member counts for all lines."""

    def __init__(self, members: MemberDirectory) -> None:
        self._members = members
        self._cache: dict[MemberKey, Standing] = {}

    async def standing(self, key: MemberKey) -> Standing:
        """Return members' answer. Raises MemberNotFound, or NeighbourUnavailable when nobody answers."""
        if key not in self._cache:
            self._cache[key] = await self._members.standing(key)
        return self._cache[key]
