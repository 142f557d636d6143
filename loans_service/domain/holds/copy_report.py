"""What books reports of a copy."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from loans_service.domain.money import Money


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What books reports of a copy `at` a moment. Later reports have higher numbers. `is_of_status`: that has changed.

    `volume_key` tells which volume of its book it is, if the report `names_volume`. `price` is what a new one costs, if
    known, `staff_note` what staff write of it, and `location` where it belongs. `was_entered_wrongly`: until now the
    copy belonged to another book. `bound_with` are the books that are bound in it with its own, and `unbound` is one
    that no longer is.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    branch: str
    item_type: str
    status: str
    sequence: int
    is_of_status: bool = False
    volume_key: str | None = None
    names_volume: bool = False
    price: Money | None = None
    staff_note: str | None = None
    location: str | None = None
    was_entered_wrongly: bool = False
    bound_with: tuple[UUID, ...] = ()
    unbound: UUID | None = None
    at: datetime = field(kw_only=True)
