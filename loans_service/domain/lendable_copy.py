"""What lending knows of a copy: books' answer to "may this copy be lent?"."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from loans_service.domain.circulating_copy import TAKES_NO_HOLDS, TURNS_UP, CirculatingCopy
from loans_service.domain.money import Money
from loans_service.domain.rules.conditions import AgeRange
from shared.kernel.errors import Conflict, InvalidValue, LibraryError, NotFound, Refused


@dataclass(frozen=True, slots=True)
class LendableCopy:
    """A copy as books described it just now. `refusals` are books' reasons not to lend it; empty means lendable.

    `desk` is the branch of the desk, as the library writes its code; None if there is no such branch, or none was
    named. `timezone` is that of the desk, or else of the home branch. `status_since` is when the copy got its status.
    `hidden`: the public is not shown it. `location` is the shelf, room or collection where it belongs. `staff_note` is
    what staff write of it for one another.
    """

    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    branch: str
    item_type: str
    timezone: str
    refusals: tuple[LibraryError, ...] = ()
    price: Money | None = None
    desk: str | None = None
    status_since: datetime | None = None
    hidden: bool = False
    volume_key: str | None = None
    location: str | None = None
    staff_note: str | None = None

    def refusals_after(self, scan: datetime | None) -> tuple[LibraryError, ...]:
        """Return books' reasons as they will be once it has received the last scan of the copy.

        A missing or lost copy turns up when it is scanned, unless it got that status after the scan.
        """
        if scan is None or self.status_since is None or scan < self.status_since:
            return self.refusals
        return tuple(refusal for refusal in self.refusals if refusal.figures.get("status") not in TURNS_UP)

    @property
    def status(self) -> str | None:
        """The status for which books does not lend it, if that is why."""
        return next((refusal.figures.get("status") for refusal in self.refusals), None)

    @property
    def is_holdable(self) -> bool:
        """Whether it takes holds: it is lent in principle, though perhaps not now."""
        return not any(refusal.figures.get("status") in TAKES_NO_HOLDS for refusal in self.refusals)

    def as_circulating(self) -> CirculatingCopy:
        """Return the facts that circulation stores."""
        copy = self.copy_id, self.book_id, self.barcode, self.title, self.branch, self.item_type
        return CirculatingCopy(*copy, volume_key=self.volume_key, location=self.location)


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume as books writes it, and the `key` that books gives for all its spellings."""

    volume: str
    key: str


@dataclass(frozen=True, slots=True)
class BoundCopy:
    """A copy of another book, `book_id`, in which a book is bound. It takes holds; `branch` is where it is at home."""

    copy_id: UUID
    book_id: UUID
    branch: str
    item_type: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class StockOfBook:
    """A book as books described it just now: `copies` are those that may be lent now.

    `holdable` counts all copies that take holds, including those missing or in repair at present, and `item_types` are
    their types. Unless it is `complete`, there may be more copies. All these are of one volume if one was asked for:
    `volume`, None if there is none of that. `volumes` are those of all copies that take holds. `hidden`: the public is
    not shown the book. `editions` are other editions of the work. If none of its own takes holds, `bound` are copies of
    other books that hold this one.
    """

    book_id: UUID
    title: str
    holdable: int
    item_types: tuple[str, ...] = ()
    copies: tuple[CirculatingCopy, ...] = ()
    complete: bool = True
    hidden: bool = False
    volumes: tuple[Volume, ...] = ()
    volume: Volume | None = None
    editions: tuple[UUID, ...] = ()
    bound: tuple[BoundCopy, ...] = ()

    @property
    def stands_in(self) -> bool:
        """Whether any of its copies would do for another edition: they take holds, and are of one volume at most."""
        return self.holdable > 0 and len(self.volumes) <= 1


class BookNotFound(NotFound):
    """Books knows no such book."""

    code = "book-not-found"
    detail = "The catalogue has no book with this id. Look it up first."


class BookWasMerged(BookNotFound):
    """Books has another book, `into`, in the place of this one."""

    code = "book-merged"
    example: ClassVar = {"into": UUID("01890a5d-ac96-774b-bcce-b302099a8057")}

    def __init__(self, *, into: UUID) -> None:
        super().__init__("This book was merged into another. Ask for that one: see `into`.", into=str(into))


class CopyNotFound(NotFound):
    """Books knows no such copy."""

    code = "copy-not-found"
    detail = "No copy has this barcode or id. Scan it again, or add the copy to the catalogue first."


class UnknownBranch(InvalidValue):
    """Nothing can be lent in a branch that does not exist, nor be sent there: it would be on its way for ever."""

    code = "unknown-branch"
    detail = "The library has no branch with this code. Choose one of its branches, or none."
    field = "pickup_branch"
    example: ClassVar = {"did_you_mean": ["MAIN"]}


class CopyNotLendable(Conflict):
    """Books does not lend this copy now."""

    code = "copy-not-lendable"


class CopyOnLoan(Conflict):
    """Somebody has this copy. Who, is nobody else's business."""

    code = "copy-on-loan"
    detail = "This copy is on loan. Return it first."


class NotLoanableByPolicy(Refused):
    """The policy does not lend this item type to this category at all, or not to members of this age."""

    code = "not-loanable-by-policy"
    example: ClassVar = {"item_type": "dvd", "category": "child", "rule": "films from 18"}

    def __init__(self, item_type: str, category: str, rule: str, *, ages: AgeRange | None = None) -> None:
        of_whom = f"to the category {category!r}" if ages is None else "to members of this age"
        limits = {} if ages is None else {"ages": ages.figures()}
        super().__init__(
            f"The policy (rule {rule!r}) does not lend items of type {item_type!r} {of_whom}.",
            item_type=item_type,
            category=category,
            rule=rule,
            **limits,
        )
