"""The unit of work, as far as every concept uses it."""

from typing import Protocol, Self

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.persistence.audit import Audit


class Work(Protocol):
    """One transaction. Leaving the block without `commit` undoes everything.

    Each concept adds its own repositories in a protocol of its own. One class implements all of them, so that what two
    concepts do is still committed or undone as a whole.
    """

    @property
    def audit(self) -> Audit: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    def notify(self, occurrence: Occurrence) -> None:
        """Tell a member of something with this transaction, if the library sends notices of this kind."""
        ...

    async def mails(self, kind: NoticeKind) -> bool:
        """Return whether notices of this kind are handed over, so that a code needs not be shown."""
        ...

    async def commit(self, *, answer: object | None = None, imported: bool = False) -> None:
        """Commit the changes, their events and the receipt of `answer`; `imported` marks the events.

        Raises CardNumberTaken or EmailTaken when another transaction was faster, OutOfDate when another one changed the
        same row meanwhile.
        """
        ...
