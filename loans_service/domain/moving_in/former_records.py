"""Loans, holds and debts as another system stored them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from loans_service.domain.circulating_copy import barcode_key
from loans_service.domain.holds.hold import HoldKind
from loans_service.domain.rules.calendar import Calendar
from shared.kernel.errors import InvalidValue, LibraryError, Refused

Moment = datetime | date
"""A moment, or a day. A moment without a zone is in that of the branch."""

_NOON = time(12)
_NAMES = ("isbn", "book_id", "book", "barcode")


class InvalidFormerTime(InvalidValue):
    """A past moment lies in the future, or an end before its beginning."""

    code = "invalid-time"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: this cannot be; it lies in the future, or before what it follows.", field=field)


class CopyNotNamed(InvalidValue):
    """A copy is captured for a hold, but the record does not name it."""

    code = "copy-not-named"
    detail = "For a hold whose copy is on the hold shelf or on its way, name that copy: copy_barcode."
    field = "copy_barcode"


class SuspendedWithCopy(InvalidValue):
    """A hold is suspended although a copy is captured for it."""

    code = "suspended-with-copy"
    detail = "A hold whose copy is on the hold shelf or on its way is not suspended. Leave either out."
    field = "suspended"


class BookNotNamed(InvalidValue):
    """The record does not name what the hold is for, or names it more than once."""

    code = "book-not-named"
    detail = "Name what is waited for by exactly one of isbn, book_id, book (its external id), or barcode of a copy."
    field = "isbn"


class CopyOfOtherBook(Refused):
    """The copy captured for a hold belongs to another book."""

    code = "copy-of-other-book"
    detail = "The copy that is kept for this hold belongs to another book."


class CopyNotFree(Refused):
    """The copy captured for a hold is on loan here, or captured for another hold."""

    code = "copy-not-free"
    detail = "The copy that is kept for this hold is on loan, or serves another hold."


class RecordDiffers(Refused):
    """A record has changed in fields that are not updated here."""

    code = "record-differs"
    example: ClassVar = {"fields": ["amount"]}

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(
            f"What is on record here stays as it is, though the file says otherwise: {', '.join(fields)}. "
            "Look at both, and correct by hand what is wrong.",
            fields=list(fields),
        )


class RecordEnded(Refused):
    """A record has changed, but what was made of it has ended here."""

    code = "record-ended"
    detail = "The file says something new of this, but here it has ended meanwhile: nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerLoan:
    """An open loan in another system. `status_since` is when it was declared lost or claimed returned, if known."""

    barcode: str
    card_number: str
    checked_out_at: Moment
    due_at: Moment
    renewals: int = 0
    branch: str | None = None
    status: Literal["open", "lost", "claimed_returned"] = "open"
    status_since: Moment | None = None
    external_id: str | None = None

    @property
    def natural_key(self) -> tuple[object, ...]:
        """What identifies the loan if it has no external id."""
        return (barcode_key(self.barcode), self.card_number.upper(), self.checked_out_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerHold:
    """A hold in another system, for a book or only the copy with `barcode`; `copy_barcode` is the captured copy.

    `volume` goes with a book: only copies of that volume will do.
    If `suspended` is None, the hold is suspended if it has `suspended_until`; if `kind` is None, it is not a recall.
    """

    card_number: str
    placed_at: Moment
    isbn: str | None = None
    book_id: str | None = None
    book: str | None = None
    volume: str | None = None
    barcode: str | None = None
    pickup_branch: str | None = None
    status: Literal["waiting", "in_transit", "ready"] = "waiting"
    copy_barcode: str | None = None
    pickup_until: Moment | None = None
    not_before: date | None = None
    expires_on: date | None = None
    suspended: bool | None = None
    suspended_until: Moment | None = None
    comment: str | None = None
    kind: HoldKind | None = None
    external_id: str | None = None

    def __post_init__(self) -> None:
        if sum(getattr(self, name) is not None for name in _NAMES) != 1:
            raise BookNotNamed
        if self.status == "waiting":
            return
        if self.copy_barcode is None:
            raise CopyNotNamed
        if self.suspended or (self.suspended is None and self.suspended_until is not None):
            raise SuspendedWithCopy

    @property
    def named_by(self) -> str:
        """The field that names what the hold is for."""
        return next(name for name in _NAMES if getattr(self, name) is not None)

    @property
    def natural_key(self) -> tuple[object, ...]:
        """What identifies the hold if it has no external id."""
        named = (self.card_number.upper(), self.isbn, self.book_id, self.book, barcode_key(self.barcode or ""))
        return named if self.volume is None else (*named, self.volume)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerDebt:
    """What a member owed, and how much of it was paid, in minor units; `barcode` is the copy it was charged for."""

    card_number: str
    reason: str
    amount: int
    since: Moment
    paid: int = 0
    currency: str | None = None
    barcode: str | None = None
    note: str | None = None
    external_id: str | None = None

    @property
    def natural_key(self) -> tuple[object, ...]:
        """What identifies the debt if it has no external id."""
        return (self.card_number.upper(), self.reason, self.since, self.amount, barcode_key(self.barcode or ""))


def beginning(moment: Moment, zone: ZoneInfo) -> datetime:
    """Return when something began; a day without a time counts as noon."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, _NOON)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def end(moment: Moment, calendar: Calendar) -> datetime:
    """Return when something ends; a day without a time counts as its end."""
    return beginning(moment, calendar.zone) if isinstance(moment, datetime) else calendar.end_of_day(moment)


def start(moment: Moment, calendar: Calendar) -> datetime:
    """Return when something starts again; a day without a time counts as its beginning."""
    if isinstance(moment, datetime):
        return beginning(moment, calendar.zone)
    return calendar.end_of_day(moment - timedelta(days=1)) + timedelta(seconds=1)


def not_after(moment: datetime, now: datetime, *, field: str) -> datetime:
    """Return a moment that is not in the future; later today counts as now. Raises InvalidFormerTime."""
    if moment <= now:
        return moment
    if moment.date() == now.date():
        return now
    raise InvalidFormerTime(field)


def is_other_day(one: datetime, other: Moment, zone: ZoneInfo) -> bool:
    """Return whether two moments are on different days; only days are compared, since often no time is known."""
    return one.astimezone(zone).date() != beginning(other, zone).astimezone(zone).date()


def differences(fields: Mapping[str, bool]) -> tuple[LibraryError, ...]:
    """Return the refusal to report for the fields that differ; empty if none does."""
    found = [name for name, differs in fields.items() if differs]
    return (RecordDiffers(found),) if found else ()
