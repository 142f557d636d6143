"""The clients of the other two services."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.outgoing_http import NeighbourClient

_BOOKS_ANSWERS_WITHIN = 0.5  # seconds, each try


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One client for each, made once per process."""

    books: NeighbourClient
    members: NeighbourClient

    @classmethod
    def at(cls, books_url: str, members_url: str, *, ca_file: Path | None) -> Self:
        """Make both, not yet connected."""
        return cls(
            books=NeighbourClient(
                base_url=books_url,
                neighbour="books",
                service="loans",
                attempt_timeout=_BOOKS_ANSWERS_WITHIN,
                ca_file=ca_file,
            ),
            members=NeighbourClient(base_url=members_url, neighbour="members", service="loans", ca_file=ca_file),
        )

    async def aclose(self) -> None:
        """Close both."""
        await self.books.aclose()
        await self.members.aclose()
