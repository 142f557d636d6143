"""Answers of members, cached for a request of many lines."""

from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import Standing


class CachedMembers:
    """Implements `neighbours.MemberDirectory` for one request: members is asked once about each member."""

    def __init__(self, members: MemberDirectory) -> None:
        self._members = members
        self._cache: dict[MemberKey, Standing] = {}

    async def standing(self, key: MemberKey) -> Standing:
        """Return members' answer. Raises MemberNotFound, or NeighbourUnavailable if members does not answer."""
        if key not in self._cache:
            self._cache[key] = await self._members.standing(key)
        return self._cache[key]
