"""The states of copies in the catalogue, and the balances of fines."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from loans_service.domain.circulating_copy import CopyState


@dataclass(frozen=True, slots=True)
class Balance:
    """The stored balance of a fine, and the sum of its postings, in minor units."""

    fine_id: UUID
    owed: int
    posted: int


class CatalogueStates(Protocol):
    """The states of copies as books shows them. Raises NeighbourUnavailable if books does not answer."""

    async def states_away(self, *, after: UUID, limit: int) -> list[CopyState]:
        """Return up to `limit` copies, at most 100, that are not available at home, in the order of their ids."""
        ...

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        """Return the states of these copies, at most 100; copies unknown to books are left out."""
        ...
