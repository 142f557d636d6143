"""What circulation finds out about a copy, and which status follows."""

from collections.abc import Callable
from enum import StrEnum

from books_service.domain.stock.copy_status import CopyStatus


class Finding(StrEnum):
    """What circulation found out about a copy."""

    NOT_ON_SHELF = "It was on the pull list, and not on its shelf."
    DECLARED_LOST = "Its borrower has lost it."
    TURNED_UP = "It was brought back."


FOLLOWS: dict[Finding, tuple[CopyStatus, Callable[[CopyStatus], bool]]] = {
    Finding.NOT_ON_SHELF: (CopyStatus.MISSING, lambda status: status.lendable),
    Finding.DECLARED_LOST: (CopyStatus.LOST, lambda status: not status.final),
    Finding.TURNED_UP: (CopyStatus.IN_SERVICE, lambda status: status.turns_up),
}
"""For each finding, the status that follows, and from which statuses it does."""
