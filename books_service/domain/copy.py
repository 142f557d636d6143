"""A copy: one physical thing with a barcode. Its status alone says whether it may be lent."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from books_service.domain.barcode import Barcode
from books_service.domain.money import Money
from books_service.domain.text import line
from shared.kernel.errors import Conflict, InvalidValue, NotFound, Refused

DEFAULT_ITEM_TYPE = "book"
LONGEST_ITEM_TYPE = 40
LONGEST_NOTE = 200
LONGEST_REASON = 500
_ITEM_TYPE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_ITEM_TYPE - 1}}}")


class CopyStatus(StrEnum):
    """What the library says of a copy."""

    IN_SERVICE = "in_service"
    REFERENCE_ONLY = "reference_only"
    IN_REPAIR = "in_repair"
    MISSING = "missing"
    WITHDRAWN = "withdrawn"

    @property
    def lendable(self) -> bool:
        """Whether copies of this status are lent."""
        return self not in _WHY_NOT_LENT


_WHY_NOT_LENT = {
    CopyStatus.REFERENCE_ONLY: "This copy is for use in the library only.",
    CopyStatus.IN_REPAIR: "This copy is being repaired.",
    CopyStatus.MISSING: "This copy counts as missing. If it is in your hands, put it back into service first.",
    CopyStatus.WITHDRAWN: "This copy was withdrawn from the library's stock.",
}


@dataclass(frozen=True, slots=True)
class CopyAdded:
    """The library owns one copy more."""

    copy: "Copy"
    at: datetime


@dataclass(frozen=True, slots=True)
class CopyStatusChanged:
    """The library says something else of a copy than before."""

    copy: "Copy"
    before: CopyStatus
    at: datetime


CopyEvent = CopyAdded | CopyStatusChanged


class CopyNotFound(NotFound):
    """There is no such copy."""

    code = "copy-not-found"

    def __init__(self) -> None:
        super().__init__("The library has no copy with this barcode or id.")


class BarcodeTaken(Conflict):
    """Another copy has this barcode."""

    code = "barcode-taken"

    def __init__(self) -> None:
        super().__init__("Another copy has this barcode already; capitals and small letters count as the same.")


class CopyWithdrawn(Conflict):
    """A withdrawn copy does not come back by itself."""

    code = "copy-withdrawn"

    def __init__(self) -> None:
        super().__init__("This copy was withdrawn for good. Only an admin can take it back into stock.")


class CopyNotLendable(Refused):
    """The library does not lend this copy, because of its status."""

    code = "copy-not-lendable"

    def __init__(self, status: CopyStatus) -> None:
        super().__init__(_WHY_NOT_LENT[status], status=str(status))


class InvalidItemType(InvalidValue):
    """No policy speaks of that."""

    code = "invalid-item-type"

    def __init__(self) -> None:
        super().__init__(
            f"An item type is one word such as book or dvd: up to {LONGEST_ITEM_TYPE} small letters, digits, - and _.",
            field="item_type",
        )


class Copy:
    """Tell it what happened to it. The attributes are for reading; `version` counts the changes."""

    def __init__(
        self,
        *,
        id: UUID,
        book_id: UUID,
        barcode: Barcode,
        branch: str,
        item_type: str,
        shelf_mark: str | None,
        condition: str | None,
        price: Money | None,
        added_at: datetime,
    ) -> None:
        self.id = id
        self.book_id = book_id
        self.barcode = barcode
        self.barcode_key = barcode.key
        self.branch = branch
        self.item_type = item_type
        self.shelf_mark = shelf_mark
        self.condition = condition
        self.price = price
        self.added_at = added_at
        self.status = CopyStatus.IN_SERVICE
        self.status_since = added_at
        self.status_reason: str | None = None
        self.version = 1
        self._events: list[CopyEvent] = []

    @classmethod
    def add(
        cls,
        *,
        id: UUID,
        book_id: UUID,
        barcode: Barcode,
        branch: str,
        now: datetime,
        item_type: str = DEFAULT_ITEM_TYPE,
        shelf_mark: str | None = None,
        condition: str | None = None,
        price: Money | None = None,
    ) -> Self:
        """Take a copy into stock, ready to be lent. Raises InvalidItemType or InvalidText.

        That the book and the branch exist and the barcode is new, the catalogue sees to.
        """
        if not _ITEM_TYPE.fullmatch(item_type):
            raise InvalidItemType
        copy = cls(
            id=id,
            book_id=book_id,
            barcode=barcode,
            branch=branch,
            item_type=item_type,
            shelf_mark=None if shelf_mark is None else line(shelf_mark, field="shelf_mark", limit=LONGEST_NOTE),
            condition=None if condition is None else line(condition, field="condition", limit=LONGEST_NOTE),
            price=price,
            added_at=now,
        )
        copy._events.append(CopyAdded(copy, now))
        return copy

    def change_status(self, status: CopyStatus, *, reason: str | None, by_admin: bool, now: datetime) -> None:
        """Say what the library says of this copy from now on. Saying the same again changes nothing.

        Raises CopyWithdrawn: what was withdrawn stays so, unless an admin takes it back.
        """
        if status is self.status:
            return
        if self.status is CopyStatus.WITHDRAWN and not by_admin:
            raise CopyWithdrawn
        before, self.status = self.status, status
        self.status_since = now
        self.status_reason = None if reason is None else line(reason, field="reason", limit=LONGEST_REASON)
        self.version += 1
        self._events.append(CopyStatusChanged(self, before, now))

    def take_events(self) -> list[CopyEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events


def lending_refusals(status: CopyStatus) -> tuple[CopyNotLendable, ...]:
    """Return why a copy of this status may not be lent: nothing when it may."""
    return () if status.lendable else (CopyNotLendable(status),)
