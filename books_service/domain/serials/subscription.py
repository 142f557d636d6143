"""A subscription: a periodical that comes in issue by issue, and what copies the library gets of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice, takewhile
from uuid import UUID

from books_service.domain.notation import volume_key
from books_service.domain.serials.pattern import Expected, Frequency, Pattern
from books_service.domain.stock.copy_facts import DEFAULT_ITEM_TYPE
from shared.kernel.errors import InvalidValue, NotFound

LONGEST_SUPPLIER = 200
MOST_COPIES_OF_ISSUE = 50
MOST_DAYS_LATE = 365
MOST_ON_ROUTE = 50
LONGEST_STATION = 100
USUAL_DAYS_LATE = 7
MOST_AT_ONCE = 500
"""So many issues are expected by one act."""
_LOOK_AHEAD = 60
"""Among so many issues behind those that are expected one is looked for that comes early."""


class SubscriptionNotFound(NotFound):
    """The library does not get the periodical."""

    code = "subscription-not-found"
    detail = "The library has no subscription of this book. Make one first."


class InvalidSubscription(InvalidValue):
    """The days of the subscription fit neither together nor to the pattern."""

    code = "invalid-subscription"
    field = "from"
    detail = f"At most {MOST_AT_ONCE} issues may lie before today, and the end not before the first day. Begin later."


class BarcodesDoNotFit(InvalidValue):
    """There are more or fewer barcodes than copies."""

    code = "barcodes-do-not-fit"
    field = "barcodes"

    def __init__(self, *, copies: int) -> None:
        super().__init__(
            f"The subscription has {copies} copies of each issue. Give a barcode for each, or none.", copies=copies
        )


@dataclass(frozen=True, slots=True)
class IssueCopy:
    """A copy that the library gets of each issue: where it belongs, and as what it is lent.

    Before it is put on the shelf it goes round by its `route`, a list of offices and desks, if it has one.
    """

    branch: str
    location: str | None = None
    item_type: str = DEFAULT_ITEM_TYPE
    shelf_mark: str | None = None
    route: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """The subscription of the periodical `book_id`, whose first issue is due on `starts`.

    `upto` is the last issue that is expected by now; at least one that is to come is, until the last on `ends`.
    """

    book_id: UUID
    pattern: Pattern
    starts: date
    copies: Sequence[IssueCopy]
    ends: date | None = None
    late_after_days: int = USUAL_DAYS_LATE
    supplier: str | None = None
    version: int = 1
    upto: Expected | None = None

    def begin(self, *, today: date) -> "tuple[Subscription, tuple[Expected, ...]]":
        """Return it with all issues from its start to the next one. Raises InvalidSubscription."""
        found = self.expect(today=today)
        if (self.ends is not None and self.ends < self.starts) or (len(found) == MOST_AT_ONCE and found[-1].on < today):
            raise InvalidSubscription
        return self.after(found), found

    def expect(self, *, today: date) -> tuple[Expected, ...]:
        """Return the issues that are to be expected beyond those that are: up to the first one behind today."""
        found = list[Expected]()
        if self.upto is not None and self.upto.on > today:
            return ()
        for issue in islice(self._coming(), MOST_AT_ONCE):
            found.append(issue)
            if issue.on > today:
                break
        return tuple(found)

    def reach(self, key: str) -> tuple[Expected, ...]:
        """Return the issues from the next one to that with this key, which comes early; none if it is not near."""
        coming = tuple(islice(self._coming(), _LOOK_AHEAD))
        place = next((place for place, issue in enumerate(coming, 1) if volume_key(self.label(issue)) == key), 0)
        return coming[:place]

    def after(self, found: Sequence[Expected]) -> "Subscription":
        """Return the subscription when these issues are expected, too."""
        return replace(self, upto=found[-1]) if found else self

    @property
    def looks_on(self) -> date | None:
        """The day on which further issues are to be expected; None: never."""
        if next(self._coming(), None) is None:
            return None
        return self.starts if self.upto is None else self.upto.on

    def label(self, issue: Expected) -> str:
        """Return the volume of an issue."""
        return self.pattern.label(issue)

    def late_on(self, expected: date) -> date:
        """Return the last day on which an issue that is due on a day is not late."""
        return expected + timedelta(days=self.late_after_days)

    def _coming(self) -> Iterator[Expected]:
        if self.pattern.frequency is Frequency.IRREGULAR:
            return iter(())
        all_of_them = (
            self.pattern.issues(self.starts) if self.upto is None else self.pattern.issues_after(self.upto, self.starts)
        )
        return takewhile(lambda issue: self.ends is None or issue.on <= self.ends, all_of_them)
