"""One transaction, and what every concept does with it: keep, undo, and leave a record of who did what."""

from typing import Protocol, Self

from members_service.persistence.audit import Audit


class Work(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything.

    Each concept names in a unit of work of its own what it reads and writes besides. One class implements all of them:
    what is done by way of two of them is still kept or undone as a whole.
    """

    @property
    def audit(self) -> Audit: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Keep the changes, their events and the receipt of `answer`; `imported` marks the events.

        Raises CardNumberTaken or EmailTaken when somebody else was faster, OutOfDate when somebody else changed the
        same thing meanwhile.
        """
        ...
