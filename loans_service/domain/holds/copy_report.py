"""What books tells of a copy."""

from dataclasses import dataclass
from uuid import UUID

from loans_service.domain.money import Money


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What books tells of a copy. Later reports have higher numbers. `is_of_status`: that is what has changed.

    `price` is what a new one costs, if books knows. `was_entered_wrongly`: until now it was of another book.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    branch: str
    item_type: str
    status: str
    sequence: int
    is_of_status: bool = False
    price: Money | None = None
    was_entered_wrongly: bool = False
