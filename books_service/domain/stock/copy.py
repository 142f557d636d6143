"""A copy: one physical thing with a barcode. Its status alone says whether it may be lent."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, cast
from uuid import UUID

from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from books_service.domain.text import line
from shared.kernel.errors import Conflict, InvalidValue, NotFound, Refused

DEFAULT_ITEM_TYPE = "book"
LONGEST_ITEM_TYPE = 40
LONGEST_NOTE = 200
LONGEST_REASON = 500
_ITEM_TYPE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_ITEM_TYPE - 1}}}")


class CopyFacts(TypedDict, total=False):
    """What can be said of a copy anew. A branch is given by the code of one that exists."""

    branch: str
    item_type: str
    shelf_mark: str | None
    condition: str | None
    price: Money | None


@dataclass(frozen=True, slots=True)
class CopyAdded:
    """The library owns one copy more."""

    copy: "Copy"
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class CopyRevised:
    """A copy is described otherwise, or at home elsewhere; `before` holds what was said in the changed facts."""

    copy: "Copy"
    at: datetime
    before: CopyFacts
    by: str | None = None


@dataclass(frozen=True, slots=True)
class CopyStatusChanged:
    """The library says something else of a copy than before."""

    copy: "Copy"
    before: CopyStatus
    at: datetime
    by: str | None = None


CopyEvent = CopyAdded | CopyRevised | CopyStatusChanged


class CopyNotFound(NotFound):
    """There is no such copy."""

    code = "copy-not-found"
    detail = "The library has no copy with this barcode or id."


class BarcodeTaken(Conflict):
    """Another copy has this barcode."""

    code = "barcode-taken"
    detail = "Another copy has this barcode already; capitals and small letters count as the same."


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


class Copy:
    """Tell it what happened to it. The attributes are for reading; `version` counts the changes.

    Making one takes it into stock, ready to be lent; that raises InvalidItemType or InvalidText. That the book and the
    branch exist and the barcode is new, the catalogue sees to.
    """

    def __init__(
        self,
        *,
        id: UUID,
        book_id: UUID,
        barcode: Barcode,
        branch: str,
        item_type: str = DEFAULT_ITEM_TYPE,
        shelf_mark: str | None = None,
        condition: str | None = None,
        price: Money | None = None,
        now: datetime,
        by: str | None = None,
    ) -> None:
        self.id = id
        self.book_id = book_id
        self.barcode = barcode
        self.barcode_key = barcode.key
        self.branch = branch
        clean = _cleaned({"item_type": item_type, "shelf_mark": shelf_mark, "condition": condition})
        self.item_type: str = clean["item_type"]
        self.shelf_mark: str | None = clean["shelf_mark"]
        self.condition: str | None = clean["condition"]
        self.price = price
        self.added_at = now
        self.status = CopyStatus.IN_SERVICE
        self.status_since = now
        self.status_reason: str | None = None
        self.status_by: str | None = None
        self.version = 1
        self._events: list[CopyEvent] = [CopyAdded(self, now, by)]

    def revise(
        self, fields: CopyFacts, *, circulation: CopyAvailability | None, now: datetime, by: str | None = None
    ) -> bool:
        """Say of the copy what is given, and tell whether that is anything new.

        Raises InvalidItemType, InvalidText, or CopyOnLoan for another branch: what a borrower has nobody can move.
        """
        clean = _cleaned(fields)
        before = {name: getattr(self, name) for name, value in clean.items() if value != getattr(self, name)}
        if not before:
            return False
        if "branch" in before:
            _refuse_on_loan(circulation)
        for name, value in clean.items():
            setattr(self, name, value)
        self.version += 1
        self._events.append(CopyRevised(self, now, cast("CopyFacts", before), by))
        return True

    def change_status(
        self,
        status: CopyStatus,
        *,
        reason: str | None,
        by_admin: bool,
        now: datetime,
        circulation: CopyAvailability | None = None,
        by: str | None = None,
    ) -> None:
        """Say what the library says of this copy from now on. Saying the same again changes nothing.

        Raises CopyWithdrawn: what was withdrawn stays so, unless an admin takes it back. Raises CopyOnLoan when such a
        final word is said of a copy that a borrower has.
        """
        if status is self.status:
            return
        if self.status.final and not by_admin:
            raise CopyWithdrawn
        if status.final:
            _refuse_on_loan(circulation)
        before, self.status = self.status, status
        self.status_since = now
        self.status_reason = None if reason is None else line(reason, field="reason", limit=LONGEST_REASON)
        self.status_by = by
        self.version += 1
        self._events.append(CopyStatusChanged(self, before, now, by))

    def take_events(self) -> list[CopyEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events


def lending_refusals(status: CopyStatus) -> tuple[CopyNotLendable, ...]:
    """Return why a copy of this status may not be lent: nothing when it may."""
    return () if status.lendable else (CopyNotLendable(status),)


def _refuse_on_loan(circulation: CopyAvailability | None) -> None:
    if circulation is not None and circulation.availability is Availability.ON_LOAN:
        raise CopyOnLoan(circulation.due_at)


def item_type(word: str) -> str:
    """Return the word as it is. Raises InvalidItemType."""
    if not _ITEM_TYPE.fullmatch(word):
        raise InvalidItemType
    return word


_READERS: dict[str, Callable[[Any], Any]] = {
    "item_type": item_type,
    "shelf_mark": lambda text: line(text, field="shelf_mark", limit=LONGEST_NOTE),
    "condition": lambda text: line(text, field="condition", limit=LONGEST_NOTE),
}


def _cleaned(fields: CopyFacts) -> dict[str, Any]:
    return {
        name: value if value is None or name not in _READERS else _READERS[name](value)
        for name, value in fields.items()
    }
