"""One transaction, as every concept of the catalogue knows it; each adds what it keeps in it."""

from collections.abc import Sequence
from typing import Protocol, Self


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def new_among(self, message_ids: Sequence[str], *, listener: str) -> frozenset[str]:
        """Note incoming messages; return those whose work was not done before."""
        ...

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Keep the changes, their events and the receipt of `answer`; `imported` marks the events.

        Raises IsbnAlreadyCatalogued, BarcodeTaken, BranchCodeTaken, BookHasCopies or BookNotFound when somebody else
        was faster, and OutOfDate when one of the things changed since it was read.
        """
        ...
