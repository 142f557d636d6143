"""What is shown of copies and branches."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from books_service.domain.attributes import Attribute
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.branch import Branch, Location
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from books_service.domain.stock.place import TemporaryPlace
from books_service.domain.stock.shelf_mark import expect_shelf_mark_range
from books_service.domain.stock.stands import ReportedStands, Stands, StandsWhy
from books_service.domain.stock.volume import Volume
from books_service.domain.viewer import STAFF_FIELDS, Viewer
from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True, slots=True)
class BoundTitle:
    """A book that is bound with another one in a copy."""

    book_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy. `status` is the library's word for it, `availability` where it can be had, `due_at` until when not.

    `book_id` is the book under which it is catalogued, and `bound_with` are further ones that are bound in it.
    `number` is short, for people to say. `volume_key` is what all spellings of its volume share.
    `transit_to` is the branch that it is on its way to, and `stands` says where it is now; `branch` is its home.
    `temporary` is where it belongs and as what it is lent for a while, instead of `branch`, `location` and `item_type`.
    `last_seen_at` is when it was last scanned, at a desk or in stocktaking. `version` counts the changes of the copy,
    not of these. `condition`, `staff_note`, `price` and `keep_reason`, why it is not weeded, are null to all but staff.
    """

    copy_id: UUID
    number: int
    book_id: UUID
    bound_with: tuple[BoundTitle, ...]
    barcode: str
    branch: str
    location: str | None
    item_type: str
    shelf_mark: str | None
    volume: str | None
    volume_key: str | None
    condition: str | None
    note: str | None
    staff_note: str | None
    keep_reason: str | None
    price: Money | None
    external_id: str | None
    suppressed: bool
    tags: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    temporary: TemporaryPlace | None
    status: CopyStatus
    status_since: datetime
    availability: Availability
    due_at: datetime | None
    transit_to: str | None
    stands: Stands
    holdable: bool
    last_seen_at: datetime | None
    added_at: datetime
    version: int

    @classmethod
    def of(
        cls, copy: Copy, circulation: CopyAvailability | None, titles: Mapping[UUID, str] = MappingProxyType({})
    ) -> Self:
        """Return the view of `copy`, given what circulation last reported of it, and the titles of what it holds."""
        current = CopyAvailability.of(copy.status, circulation)
        facts = {name: copy.fact(name) for name in CopyFacts.__annotations__}
        bound_with = tuple(BoundTitle(each, titles[each]) for each in copy.bound_with)
        return cls(
            copy_id=copy.id,
            number=copy.number,
            volume_key=copy.volume_key,
            **facts | {"barcode": str(copy.barcode), "bound_with": bound_with},
            status=copy.status,
            status_since=copy.status_since,
            availability=current.availability,
            due_at=current.due_at,
            transit_to=current.transit_to,
            stands=copy.stands(current.stands),
            holdable=copy.status.holdable,
            last_seen_at=last_seen(copy.last_seen_at, current),
            added_at=copy.added_at,
            version=copy.version,
        )

    def shown_to(self, viewer: Viewer) -> Self:
        """Return what `viewer` is shown of the copy."""
        silent: dict[str, Any] = dict.fromkeys(STAFF_FIELDS)
        return self if viewer.reads_staff_fields else replace(self, **silent)

    @property
    def mark(self) -> str:
        """Return the part of the entity tag that changes without a new version of the copy.

        It stands for its availability, where it is and on its way to, when it was last seen, the titles of what is
        bound in it, and what only staff read.
        """
        staff = "" if all(getattr(self, name) is None for name in STAFF_FIELDS) else "s"
        where = "" if self.availability is Availability.AVAILABLE else self.availability.replace("_", "")
        due = "" if self.due_at is None else f"{int(self.due_at.timestamp()):x}"
        stands = self.stands
        untouched = stands.why is StandsWhy.HOME and stands.since == self.added_at
        if self.transit_to is None and self.last_seen_at is None and untouched and not self.bound_with:
            return staff + where + due
        rest = f"{self.transit_to} {self.last_seen_at} {stands}" + "".join(each.title for each in self.bound_with)
        return staff + where + due + hashlib.blake2b(rest.encode(), digest_size=6).hexdigest()


def last_seen(in_stocktaking: datetime | None, reported: CopyAvailability | None) -> datetime | None:
    """Return when somebody last had a copy in hand: in stocktaking, or at a desk."""
    at_desk = None if reported is None else reported.scanned_at
    return max((moment for moment in (in_stocktaking, at_desk) if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class HeldCopy:
    """A copy as a catalogue shows it below its book. `holdable`: it is worth waiting for it.

    `branch` and `location` are its home, `stands` is where it is; `temporary` is what counts instead for a while. One
    that is `suppressed` is shown to staff alone. `bound_with` are the other books that it holds.
    """

    copy_id: UUID
    bound_with: tuple[BoundTitle, ...]
    barcode: str
    status: CopyStatus
    branch: str
    location: str | None
    item_type: str
    shelf_mark: str | None
    volume: str | None
    note: str | None
    availability: Availability
    due_at: datetime | None
    holdable: bool
    transit_to: str | None
    stands: Stands
    suppressed: bool
    temporary: TemporaryPlace | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """The copies that hold one book, at most 100, oldest first, and how many there are."""

    book_id: UUID
    copies: tuple[HeldCopy, ...]
    total: int


@dataclass(frozen=True, slots=True)
class LendingRefusal:
    """Why a copy is not lent, with the status behind it."""

    status: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class CopyLendability:
    """Whether a copy may be lent, and what lending needs to know of it.

    `desk_branch` is the code of the branch that asks, as the library writes it, or null if it has no such branch.
    `timezone` is that of this branch, or of the copy's own. `status_since` is since when the library says of the copy
    what the refusals tell: whoever has seen a missing one later knows better. `volume_key` is what the spellings of its
    volume share, null if it has none. `hidden`: the public is not shown it. `location` is where it belongs in its
    branch, null if no shelf, room or collection is named. `staff_note` is for staff at the desk alone.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    branch: str
    item_type: str
    price: Money | None
    lendable: bool
    refusals: tuple[LendingRefusal, ...]
    desk_branch: str | None
    timezone: str
    status_since: datetime
    hidden: bool
    volume_key: str | None
    location: str | None
    staff_note: str | None


@dataclass(frozen=True, slots=True)
class LendabilityQuestion:
    """A copy, by id or by barcode, and the branch that asks."""

    copy_id: UUID | None = None
    barcode: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class BookQuestion:
    """A book, by exactly one of its names, or one `volume` of it."""

    book_id: UUID | None = None
    isbn: str | None = None
    external_id: str | None = None
    volume: str | None = None


@dataclass(frozen=True, slots=True)
class BookLendability:
    """How many copies of a book may be lent, and of which types those are; how many are worth waiting for.

    All these are of one volume if one is asked for: `volume`, as the library writes it, null if it has none of that.
    `volumes` are the volumes of all that are worth waiting for.
    """

    book_id: UUID
    title: str
    lendable_copies: int
    holdable_copies: int
    copies: int
    item_types: tuple[str, ...]
    volumes: tuple[Volume, ...] = ()
    volume: Volume | None = None


@dataclass(frozen=True, slots=True)
class ReportedAvailability:
    """What circulation last said of a copy. `book_id` is null for a copy that is not in the catalogue."""

    copy_id: UUID
    book_id: UUID | None
    availability: Availability
    due_at: datetime | None
    transit_to: str | None
    stands: ReportedStands


@dataclass(frozen=True, slots=True)
class BranchView:
    """A branch, and its locations: shelves, rooms, collections. One that has closed left its copies to `copies_to`."""

    code: str
    name: str
    timezone: str
    locations: tuple[Location, ...]
    address: str | None
    phone: str | None
    email: str | None
    added_at: datetime
    closed_at: datetime | None
    copies_to: str | None
    version: int

    @classmethod
    def of(cls, branch: Branch) -> Self:
        """Return the view of `branch`."""
        return from_attributes(branch, cls)


@dataclass(frozen=True, slots=True)
class BranchClosure:
    """What there is in a branch that closes for good, or what is still to be moved from one that has.

    `copies` belong to it, always or for a while; the others are what lending last reported: lent there, on its hold
    shelf, and on the way there or from there.
    """

    branch: str
    copies_to: str
    dry_run: bool
    closed_at: datetime | None
    copies: int
    on_loan: int
    on_hold_shelf: int
    in_transit: int


@dataclass(frozen=True, slots=True)
class CopyQuery:
    """Which copies to list, in the order of their ids. None: any. Raises InvalidShelfMarkRange."""

    branch: str | None = None
    location: str | None = None
    statuses: tuple[str, ...] = ()
    item_type: str | None = None
    shelf_mark_from: str | None = None
    shelf_mark_to: str | None = None
    last_seen_before: datetime | None = None
    number: int | None = None
    tag: str | None = None
    attribute: str | None = None
    last_lent_before: datetime | None = None
    kept: bool | None = None
    in_status_since: datetime | None = None
    without_shelf_mark: bool = False

    def __post_init__(self) -> None:
        expect_shelf_mark_range(self.shelf_mark_from, self.shelf_mark_to)


@dataclass(frozen=True, slots=True)
class BulkLine:
    """What became of one line: the copy as it is now, or why nothing was done."""

    barcode: str
    changed_copy: CopyView | None
    problem: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of each line, in their order."""

    changed: int
    failed: int
    items: tuple[BulkLine, ...]
