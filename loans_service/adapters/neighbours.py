"""The clients of the other two services."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.outgoing_http import NeighbourClient, Transports


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The clients of both neighbours, made once per process."""

    books: NeighbourClient
    members: NeighbourClient

    @classmethod
    def at(
        cls,
        books_url: str,
        members_url: str,
        *,
        timeout: float,
        ca_file: Path | None,
        transports: Transports,
    ) -> Self:
        """Make both clients, not yet connected; `transports` by name lead to neighbours in the same process."""

        def client(neighbour: str, url: str) -> NeighbourClient:
            return NeighbourClient(
                base_url=url,
                neighbour=neighbour,
                service="loans",
                timeout=timeout,
                ca_file=ca_file,
                transport=transports.get(neighbour),
            )

        return cls(books=client("books", books_url), members=client("members", members_url))

    async def aclose(self) -> None:
        """Close both."""
        await self.books.aclose()
        await self.members.aclose()
