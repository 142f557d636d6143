"""Find the branch in which an act is done."""

import asyncio
from dataclasses import dataclass

from loans_service.application.neighbours import Catalogue
from loans_service.domain.lendable_copy import UnknownBranch
from shared.kernel.errors import NeighbourUnavailable, refuses

_LONGEST_QUESTION = 0.5  # seconds: an act at the desk does not wait for a neighbour that hangs


@refuses(UnknownBranch)
@dataclass(frozen=True, slots=True)
class FindBranch:
    """Return the code of a branch as the library writes it; None if books cannot be asked and it is not known yet."""

    catalogue: Catalogue

    async def __call__(self, code: str) -> str | None:
        try:
            async with asyncio.timeout(_LONGEST_QUESTION):
                return await self.surely(code)
        except (NeighbourUnavailable, TimeoutError):
            return None

    async def surely(self, code: str) -> str:
        """Return the code as the library writes it. Raises UnknownBranch and NeighbourUnavailable."""
        try:
            return await self.catalogue.branch(code)
        except UnknownBranch as unknown:
            raise UnknownBranch(field="branch") from unknown
