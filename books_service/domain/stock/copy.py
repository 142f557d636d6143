"""A copy: one physical thing with a barcode. Its status alone says whether it may be lent."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self, cast
from uuid import UUID

from books_service.domain.attributes import Attribute
from books_service.domain.notation import volume_key
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy_facts import DEFAULTS, LONGEST_REASON, CopyFacts, cleaned, external_copy_key
from books_service.domain.stock.copy_refusals import (
    MOST_TITLES,
    AlreadyBound,
    CopyHasPast,
    CopyNotLendable,
    CopyOnLoan,
    CopyWithdrawn,
    TitleNotBound,
    TooManyTitles,
)
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.finding import FOLLOWS, Finding
from books_service.domain.stock.money import Money
from books_service.domain.stock.place import Place, TemporaryPlace, elsewhere_since
from books_service.domain.stock.shelf_mark import shelf_mark_key
from books_service.domain.stock.stands import ReportedStands, Stands
from books_service.domain.text import line


@dataclass(frozen=True, slots=True)
class CopyAdded:
    """The library owns one copy more."""

    copy: "Copy"
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class CopyRevised:
    """A copy is described otherwise, or at home elsewhere; `before` holds the changed facts as they were.

    `entered_under` is the book that it was taken for by mistake: its past belongs to the right one. `unbound` is a book
    that is no longer bound in it.
    """

    copy: "Copy"
    at: datetime
    before: CopyFacts
    by: str | None = None
    entered_under: UUID | None = None
    unbound: UUID | None = None


@dataclass(frozen=True, slots=True)
class CopyStatusChanged:
    """The library says something else of a copy than before."""

    copy: "Copy"
    before: CopyStatus
    after: CopyStatus
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class CopyRemoved:
    """A copy that was entered by mistake is no longer on record."""

    copy: "Copy"
    at: datetime
    by: str | None = None


CopyEvent = CopyAdded | CopyRevised | CopyStatusChanged | CopyRemoved


class Copy:
    """One physical thing. It changes through its methods alone; `version` counts the changes.

    `branch`, `location` and `item_type` are what counts now: where it belongs and as what it is lent. While a
    `temporary` place holds they are that one's, and `permanent` is what they are otherwise.
    `add` takes one into stock. The use case checks that book, branch and location exist and the barcode is new.
    `number` is what people say of it; without one it is numbered when it is stored.
    """

    number: int

    def __init__(
        self,
        *,
        id: UUID,
        facts: CopyFacts,
        now: datetime,
        status: CopyStatus = CopyStatus.IN_SERVICE,
        by: str | None = None,
        number: int | None = None,
    ) -> None:
        self.id = id
        if number is not None:
            self.number = number
        for name, default in DEFAULTS.items():
            setattr(self, name, facts.get(name, default))
        self.book_id: UUID = facts["book_id"]
        self.barcode: Barcode = facts["barcode"]
        self.barcode_key = self.barcode.key
        self.shelf_mark_key = shelf_mark_key(self.shelf_mark)
        self.external_key = external_copy_key(self.external_id)
        self.branch: str = facts["branch"]
        self.temporary: TemporaryPlace | None = None
        self.permanent: Place | None = None
        self.status = status
        self.status_since = self.added_at = now
        self.status_reason: str | None = None
        self.status_by: str | None = None
        self.last_seen_at: datetime | None = None
        self.version = 1
        self._events: list[CopyEvent] = [CopyAdded(self, now, by)]

    bound_with: tuple[UUID, ...]
    location: str | None
    item_type: str
    shelf_mark: str | None
    volume: str | None
    condition: str | None
    note: str | None
    staff_note: str | None
    keep_reason: str | None
    price: Money | None
    external_id: str | None
    suppressed: bool
    tags: tuple[str, ...]
    attributes: tuple[Attribute, ...]

    @classmethod
    def add(
        cls,
        facts: CopyFacts,
        *,
        id: UUID,
        now: datetime,
        status: CopyStatus = CopyStatus.IN_SERVICE,
        by: str | None = None,
        number: int | None = None,
    ) -> Self:
        """Take a copy into stock. Raises InvalidItemType, InvalidText, TooManyTags or InvalidAttribute."""
        return cls(id=id, facts=cleaned(facts), now=now, status=status, by=by, number=number)

    def revise(
        self, fields: CopyFacts, *, circulation: CopyAvailability | None, now: datetime, by: str | None = None
    ) -> bool:
        """Change these facts; return whether anything changed.

        Raises InvalidItemType, InvalidText, TooManyTags, InvalidAttribute, or CopyOnLoan for another branch: a copy
        that a borrower has is not moved. It may always belong to another book: circulation lets its loans and holds
        follow.
        """
        clean, before = self._changes(fields, circulation)
        if not before:
            return False
        moved: dict[str, Any] = {name: value for name, value in clean.items() if name in _PLACE}
        own = replace(self.own_place, **moved)
        for name, value in clean.items():
            setattr(self, name, value)
        self._belong(own)
        self.barcode_key = self.barcode.key
        self.shelf_mark_key = shelf_mark_key(self.shelf_mark)
        self.external_key = external_copy_key(self.external_id)
        self.version += 1
        previous = cast("CopyFacts", before)
        self._events.append(CopyRevised(self, now, previous, by, entered_under=previous.get("book_id")))
        return True

    @property
    def own_place(self) -> Place:
        """Where it belongs and as what it is lent unless a temporary place holds."""
        return self.permanent or Place(self.branch, self.location, self.item_type)

    @property
    def titles(self) -> tuple[UUID, ...]:
        """The book under which it is catalogued, and those that are bound with it."""
        return (self.book_id, *self.bound_with)

    @property
    def volume_key(self) -> str | None:
        """What all spellings of its volume share, if it is one."""
        return None if self.volume is None else volume_key(self.volume)

    def fact(self, name: str) -> Any:
        """Return one of its facts as it can be revised: of its place, the permanent one."""
        return getattr(self.own_place if name in _PLACE else self, name)

    def leave(self, branch: str, *, into: str, now: datetime) -> None:
        """Belong to another branch in the place of one that has closed, be it for a while, or on loan."""
        facts = CopyFacts(branch=into, location=None) if self.own_place.branch == branch else CopyFacts()
        if self.temporary is not None and self.temporary.branch == branch:
            facts["temporary"] = replace(self.temporary, branch=into, location=None, since=now)
        self.revise(facts, circulation=None, now=now)

    def stands(self, reported: ReportedStands) -> Stands:
        """Return where it stands, given what circulation last reported."""
        place = Place(self.branch, self.location, self.item_type)
        placed_at = elsewhere_since(place, self.permanent, self.temporary)
        return Stands.of(
            reported, home=self.branch, location=self.location, added_at=self.added_at, placed_at=placed_at
        )

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
        """Change the status. The same status again changes nothing.

        Raises CopyWithdrawn if it was withdrawn, unless an admin takes it back, and CopyOnLoan for a final status of a
        copy that a borrower has.
        """
        if status is self.status:
            return
        self._refuse_status(status, circulation, by_admin=by_admin)
        clean = None if reason is None else line(reason, field="reason", limit=LONGEST_REASON)
        self._become(status, clean, now=now, by=by)

    def refuse(self, fields: CopyFacts, status: CopyStatus | None, *, circulation: CopyAvailability | None) -> None:
        """Raise what `revise` or `change_status` would, and change nothing: for a caller that does both or neither."""
        self._changes(fields, circulation)
        if status not in (None, self.status):
            self._refuse_status(status, circulation, by_admin=False)

    def follow(self, finding: Finding, *, at: datetime) -> None:
        """Take the status that follows from what circulation found out.

        Nothing follows from what was found out before the library itself gave the copy its present status.
        """
        status, follows_of = FOLLOWS[finding]
        if status is not self.status and follows_of(self.status) and at >= self.status_since:
            self._become(status, finding.value, now=at, by=None)

    def see(self, *, now: datetime) -> None:
        """Note that it was scanned in stocktaking. That makes no new version."""
        self.last_seen_at = now

    def bind(self, book_id: UUID, *, now: datetime, by: str | None = None) -> None:
        """Hold one more book. Raises CopyWithdrawn, AlreadyBound or TooManyTitles."""
        if self.status.final:
            raise CopyWithdrawn
        if book_id in self.titles:
            raise AlreadyBound
        if len(self.titles) >= MOST_TITLES:
            raise TooManyTitles
        self._hold((*self.bound_with, book_id), now=now, by=by)

    def unbind(self, book_id: UUID, *, now: datetime, by: str | None = None) -> None:
        """Hold a book no longer that was bound with its own. Raises TitleNotBound."""
        if book_id not in self.bound_with:
            raise TitleNotBound
        self._hold(_without(self.bound_with, book_id), now=now, by=by, unbound=book_id)

    def move_to_book(self, book_id: UUID, other: UUID, *, now: datetime, by: str | None = None) -> None:
        """Hold `other` where it held `book_id`, because both books are one."""
        before = CopyFacts(book_id=self.book_id) if self.book_id == book_id else CopyFacts()
        own = other if before else self.book_id
        bound_with = tuple(dict.fromkeys(other if each == book_id else each for each in self.bound_with))
        if (bound_with := _without(bound_with, own)) != self.bound_with:
            before["bound_with"] = self.bound_with
        self.book_id, self.bound_with = own, bound_with
        self.version += 1
        self._events.append(CopyRevised(self, now, before, by))

    def remove(self, *, circulation: CopyAvailability | None, now: datetime, by: str | None = None) -> None:
        """Take it off the record. Raises CopyHasPast if circulation ever spoke of it."""
        if circulation is not None:
            raise CopyHasPast
        self._events.append(CopyRemoved(self, now, by))

    def take_events(self) -> list[CopyEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _changes(self, fields: CopyFacts, circulation: CopyAvailability | None) -> tuple[CopyFacts, dict[str, Any]]:
        """Return the fields, tidied, and the present values of those that differ."""
        clean = cleaned(fields)
        if clean.get("book_id") in self.bound_with and "bound_with" not in clean:
            clean["bound_with"] = _without(self.bound_with, clean["book_id"])
        before = {name: self.fact(name) for name, value in clean.items() if value != self.fact(name)}
        if "branch" in before:
            _refuse_on_loan(circulation)
        return clean, before

    def _hold(
        self, bound_with: tuple[UUID, ...], *, now: datetime, by: str | None, unbound: UUID | None = None
    ) -> None:
        before, self.bound_with = CopyFacts(bound_with=self.bound_with), bound_with
        self.version += 1
        self._events.append(CopyRevised(self, now, before, by, unbound=unbound))

    def _belong(self, own: Place) -> None:
        now = own if self.temporary is None else self.temporary.instead_of(own)
        self.permanent = None if self.temporary is None else own
        self.branch, self.location, self.item_type = now.branch, now.location, now.item_type

    def _refuse_status(self, status: CopyStatus, circulation: CopyAvailability | None, *, by_admin: bool) -> None:
        if self.status.final and not by_admin:
            raise CopyWithdrawn
        if status.final:
            _refuse_on_loan(circulation)

    def _become(self, status: CopyStatus, reason: str | None, *, now: datetime, by: str | None) -> None:
        before, self.status = self.status, status
        self.status_since, self.status_reason, self.status_by = now, reason, by
        self.version += 1
        self._events.append(CopyStatusChanged(self, before, status, now, by))


def lending_refusals(status: CopyStatus) -> tuple[CopyNotLendable, ...]:
    """Return why a copy of this status may not be lent: nothing when it may."""
    return () if status.lendable else (CopyNotLendable(status),)


def _without(book_ids: tuple[UUID, ...], book_id: UUID) -> tuple[UUID, ...]:
    return tuple(each for each in book_ids if each != book_id)


def _refuse_on_loan(circulation: CopyAvailability | None) -> None:
    if circulation is not None and circulation.availability is Availability.ON_LOAN:
        raise CopyOnLoan(circulation.due_at)


_PLACE = frozenset(Place.__dataclass_fields__)
