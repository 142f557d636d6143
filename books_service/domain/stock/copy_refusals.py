"""What may be said against something that is to be done with a copy."""

from datetime import datetime

from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.errors import Conflict, InvalidValue, NotFound, Refused

LONGEST_ITEM_TYPE = 40
MOST_TITLES = 50
"""How many books may be bound in one copy."""


class CopyNotFound(NotFound):
    """There is no such copy."""

    code = "copy-not-found"
    detail = "The library has no copy with this barcode or id."


class BarcodeTaken(Conflict):
    """Another copy has this barcode."""

    code = "barcode-taken"
    detail = "Another copy has this barcode already; capitals and small letters count as the same, and so do blanks."


class CopyWithdrawn(Conflict):
    """A withdrawn copy does not come back by itself."""

    code = "copy-withdrawn"
    detail = "This copy was withdrawn for good. Only an admin can take it back into stock."


class CopyOnLoan(Conflict):
    """A borrower has the copy, which must come back first."""

    code = "copy-on-loan"

    def __init__(self, due_at: datetime | None) -> None:
        due = None if due_at is None else due_at.isoformat().replace("+00:00", "Z")
        super().__init__(f"This copy is on loan, due {due or 'at no fixed time'}. Take it back first.", due_at=due)


class CopyHasPast(Conflict):
    """A copy that was lent, kept for somebody or sent stays on record."""

    code = "copy-has-past"
    detail = "This copy was in circulation already, and stays on record. Withdraw it instead."


class AlreadyBound(Conflict):
    """The copy holds this book."""

    code = "already-bound"
    detail = "The copy holds this title already. See its `book_id` and `bound_with`."


class TitleNotBound(NotFound):
    """The copy does not hold this book besides its own."""

    code = "title-not-bound"
    detail = "This title is not bound with that of the copy. See `bound_with` of the copy."


class TooManyTitles(Conflict):
    """More books than anybody would bind together."""

    code = "too-many-titles"
    detail = f"A copy holds up to {MOST_TITLES} titles. Catalogue the parts as volumes of one title instead."


class CopyNotLendable(Refused):
    """The library does not lend this copy, because of its status."""

    code = "copy-not-lendable"

    def __init__(self, status: CopyStatus) -> None:
        super().__init__(status.sentence, status=str(status))


class InvalidItemType(InvalidValue):
    """No policy speaks of that."""

    code = "invalid-item-type"
    detail = f"An item type is one word such as book or dvd: up to {LONGEST_ITEM_TYPE} small letters, digits, - and _."
    field = "item_type"


class InvalidStatus(InvalidValue):
    """The library says no such thing of a copy."""

    code = "invalid-status"
    detail = f"The status of a copy is one of these: {', '.join(CopyStatus)}."
    field = "status"
