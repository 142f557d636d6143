"""What circulation keeps of holds, and of where copies are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from loans_service.application.neighbours import CopyKey
from loans_service.domain.circulating_copy import CirculatingCopy, CopyState, CopyStatus
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold import Hold
from loans_service.domain.holds.hold_queue import QueueEnd, QueueOrder
from loans_service.domain.holds.joined_queues import QueuedHold
from loans_service.domain.money import Money


class Holds(Protocol):
    """The holds on record. Lock others out before reading what a rule looks at.

    Who is *servable* waits, is not suspended, and waits neither for a later day nor only until an earlier one; who is
    *unserved* has no target yet.
    """

    def add(self, hold: Hold) -> None: ...

    async def get(self, hold_id: UUID) -> Hold | None: ...

    async def end_of_queue(self, book_id: UUID) -> QueueEnd:
        """Return where one joins those who wait for a book."""
        ...

    async def position_of(self, hold: Hold) -> int | None:
        """Return the place of a hold, counted from the front of its queue; None unless it waits."""
        ...

    async def order_of_queue(self, book_id: UUID) -> QueueOrder:
        """Return the order of all who wait for a book."""
        ...

    async def queued(self, book_id: UUID) -> list[QueuedHold]:
        """Return all active holds for a book in the order of its queue."""
        ...

    async def of_readers(self, book_id: UUID, *, of: UUID) -> list[UUID]:
        """Return the active holds for any copy of a book whose members have a copy of another book at home."""
        ...

    async def of_reader(self, book_id: UUID, *, copy_id: UUID) -> list[UUID]:
        """Return the active holds for any copy of a book whose member has this copy at home."""
        ...

    async def reorder(self, places: Mapping[UUID, int]) -> None:
        """Give these holds another order; each changes thereby."""
        ...

    async def of_ids(self, hold_ids: Sequence[UUID]) -> list[Hold]:
        """Return these holds, as ordered."""
        ...

    async def unserved(self, book_id: UUID, *, behind: int, now: datetime) -> list[Hold]:
        """Return the next of those who are servable and unserved, behind this place in the order; empty at the end."""
        ...

    async def served_elsewhere(self, copy: CirculatingCopy, *, now: datetime) -> list[Hold]:
        """Return the servable holds that this copy could fill, and that another one is to be pulled for."""
        ...

    async def targeted(self, book_id: UUID) -> list[Hold]:
        """Return the holds for which a copy is to be pulled."""
        ...

    async def waiting(self, book_id: UUID, *, most: int) -> list[Hold]:
        """Return the first of all who wait for a book."""
        ...

    async def in_vain(self, book_id: UUID, *, most: int) -> list[Hold]:
        """Return up to `most` active holds for the one copy of a book that by what books told is never lent again."""
        ...

    async def wanted_alone(self, book_id: UUID, *, now: datetime) -> frozenset[UUID]:
        """Return the copies that some servable, unserved hold wants and no other."""
        ...

    async def anybody_unserved(self, book_id: UUID, *, now: datetime) -> bool:
        """Tell whether anybody is servable and unserved."""
        ...

    async def unserved_recalls(self, book_id: UUID, *, behind: int, now: datetime) -> list[Hold]:
        """Return the next unserved recalls without a loan that is asked back for them, behind this place likewise."""
        ...

    async def is_recalled(self, loan_id: UUID, *, besides: UUID, now: datetime) -> bool:
        """Tell whether a loan is asked back for somebody servable and unserved, besides this member."""
        ...

    async def recalls_of(self, loan_id: UUID) -> list[Hold]:
        """Return the recalls that wait for this loan, also those that are not servable now."""
        ...

    async def active_of(self, member_id: UUID) -> list[Hold]:
        """Return the holds of a member that have not ended."""
        ...


Price = Money
"""Money as a report takes it."""


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

    @property
    def may_end_a_search(self) -> bool:
        """Whether a copy that was missed may be back: somebody has put it into service."""
        return self.is_of_status and self.status == CopyStatus.IN_SERVICE


class Copies(Protocol):
    """The copies that circulation has seen, and what books told of them."""

    async def find(self, key: CopyKey) -> CirculatingCopy | None:
        """Return what is known of a copy from a loan or a hold, with where it is at home now; None of others."""
        ...

    async def find_and_lock(self, key: CopyKey) -> CirculatingCopy | None:
        """Return the same, and lock the book as `UnitOfWork.lock` does, in one go."""
        ...

    async def record_of(self, copy: CirculatingCopy) -> CirculationRecord:
        """Return where a copy is that is not on loan; what happens to it then is kept."""
        ...

    async def away(self, copy_id: UUID) -> CirculationRecord | None:
        """Return where a copy is that is requested or away, likewise; None for others."""
        ...

    async def of_book(
        self, book_id: UUID, copies: Iterable[CirculatingCopy], *, now: datetime
    ) -> list[CirculationRecord]:
        """Return where these copies are, and all that are requested or away; not those on loan or not to be found.

        They are described as they are handed in from `now` on.
        """
        ...

    async def republish_state(self, copy_id: UUID, *, book_id: UUID, now: datetime) -> CopyState:
        """Tell everybody how a copy stands, as if it had come to stand so now. Lock others out before."""
        ...

    async def is_gone(self, copy_id: UUID) -> bool:
        """Tell whether the last loan of a copy ended without it, and it is missed still."""
        ...

    async def is_in_service(self, copy_id: UUID) -> bool:
        """Return whether books last reported a copy as in service."""
        ...

    async def are_told_of(self, book_id: UUID) -> bool:
        """Tell whether by what books told last a book has copies that are or will be lent."""
        ...

    async def any_lost(self, book_id: UUID) -> bool:
        """Tell whether by what books told last a copy of a book counts as lost, and may turn up."""
        ...

    async def keep_report(self, report: CopyReport) -> bool:
        """Keep what books told, unless a later report is known; tell whether it was kept."""
        ...

    async def price_of(self, copy_id: UUID) -> Money | None:
        """Return what books last told that a copy costs, if it did."""
        ...

    async def note_status(self, copy: CirculatingCopy, status: CopyStatus) -> None:
        """Note what books is about to call a copy, until it reports so itself."""
        ...


class Corrections(Protocol):
    """What books corrects, in loans, holds and copies that are on record. What changes thereby is a new version.

    Lock others out before.
    """

    async def title(self, book_id: UUID, title: str) -> None:
        """Give what is on record of a book another title."""
        ...

    async def book(self, book_id: UUID, *, into: UUID) -> None:
        """Let all that is on record of a book belong to another one, and what is to be done for its holds, too.

        It is remembered, for what comes late.
        """
        ...

    async def book_that_stays(self, book_id: UUID) -> UUID:
        """Return the book to which everything of a merged one belongs now; itself for one that was not merged."""
        ...

    async def books_under_old_label(self, copy_id: UUID, barcode: str) -> list[UUID]:
        """Return the books that are to be locked, because a copy of theirs is on record with another barcode."""
        ...

    async def books_of_copy(self, copy_id: UUID) -> frozenset[UUID]:
        """Return the books to which what is on record of a copy belongs, and what books last told of it."""
        ...

    async def reported_book(self, copy_id: UUID) -> UUID:
        """Return the book to which a copy belongs by what books last told of it; there is such a report."""
        ...

    async def copy(self, copy_id: UUID, *, into: UUID) -> None:
        """Let all that is on record of a copy, and the holds for it alone, belong to another book.

        Its loan is asked back no more for those who wait for the other one.
        """
        ...

    async def barcode(self, copy_id: UUID, barcode: str) -> None:
        """Give what is on record of a copy the barcode that it bears now: by that it is shown, and found."""
        ...


class RetargetRequests(Protocol):
    """The books whose holds are to be looked at again."""

    def look_again(self, book_id: UUID, *, at: datetime) -> None:
        """Look at the holds of a book again, from this moment on."""
        ...

    async def done(self, book_id: UUID, *, up_to: int, as_of: datetime) -> None:
        """Forget the requests for a book up to this number that were due at this moment."""
        ...
