"""Where copies stand, once as lending knows it and once as the catalogue shows it; and what the ledger comes to."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from loans_service.domain.circulating_copy import CopyState


@dataclass(frozen=True, slots=True)
class Balance:
    """What a fine says is owed, and what its postings come to, in minor units."""

    fine_id: UUID
    owed: int
    posted: int


class CatalogueStates(Protocol):
    """What the catalogue shows of copies. Raises NeighbourUnavailable when nobody answers."""

    async def states_away(self, *, after: UUID, limit: int) -> list[CopyState]:
        """Return up to `limit` copies that it does not show as available at home, by their ids; at most 100."""
        ...

    async def states_of(self, copy_ids: Collection[UUID]) -> list[CopyState]:
        """Return what it shows of these copies, at most 100, without those that it never heard of."""
        ...
