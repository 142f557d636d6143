"""What the catalogue counts, along which dimensions, and what each event of books and copies counts for."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from books_service.domain.catalogue.book import BookAdded, BookEvent, BookRestored
from books_service.domain.stock.copy import Copy, CopyAdded, CopyEvent, CopyRemoved, CopyStatusChanged
from books_service.domain.stock.copy_status import CopyStatus
from shared.kernel.cube import UNKNOWN, Atom, Count, Kind

BRANCH, ITEM_TYPE, LOCATION, CHANNEL, REASON = "branch", "item_type", "location", "channel", "reason"
DIMENSIONS = (BRANCH, ITEM_TYPE, LOCATION, CHANNEL, REASON)
WIDE = (BRANCH, ITEM_TYPE)
"""Along which a year is asked for most."""
_OF_COPY = (BRANCH, ITEM_TYPE, LOCATION)

TITLES_ADDED = Atom(
    name="titles_added",
    description="Titles that were catalogued; without those that were taken over from another system or brought back.",
    dimensions=(CHANNEL,),
)
COPIES_ADDED = Atom(
    name="copies_added",
    description="Copies that were added, in the branch where they belong, less those that turned out to be entered by "
    "mistake; without those that were taken over from another system.",
    dimensions=(*_OF_COPY, CHANNEL),
)
COPIES_WITHDRAWN = Atom(
    name="copies_withdrawn",
    description="Copies that were withdrawn, in the branch where they belonged; one that is taken back counts less, on "
    "that day.",
    dimensions=(*_OF_COPY, CHANNEL),
)
COPIES_LOST = Atom(
    name="copies_lost",
    description="Copies that were lost, in the branch where they belonged; one that turns up counts less, on that day.",
    dimensions=(*_OF_COPY, CHANNEL),
)
STOCK = Atom(
    name="stock",
    description="Copies that the library had at the end of the day, without withdrawn, lost and ordered ones, in the "
    "branch where they belong. Counted each night.",
    dimensions=_OF_COPY,
    kind=Kind.LEVEL,
)
ACTS = (TITLES_ADDED, COPIES_ADDED, COPIES_WITHDRAWN, COPIES_LOST)
ATOMS = (*ACTS, STOCK)

NO_STOCK = frozenset({CopyStatus.WITHDRAWN, CopyStatus.LOST, CopyStatus.ON_ORDER})
"""The statuses of copies that the library does not have, no more or not yet."""

_ENDS = {CopyStatus.WITHDRAWN: COPIES_WITHDRAWN, CopyStatus.LOST: COPIES_LOST}


def channel_of(by: str | None) -> str:
    """Return how an act came in, by who did it: an account at a desk, another client, or the service itself."""
    if by is None:
        return "itself"
    try:
        UUID(by)
    except ValueError:
        return "machine"
    return "desk"


def counts_of(event: BookEvent | CopyEvent, day: date, *, was_counted: bool = True) -> Iterator[Count]:
    """Yield what an event counts for on a day; a thing that goes counts less only if it `was_counted` when it came."""
    channel = {CHANNEL: channel_of(event.by)}
    match event:
        case BookRestored():
            return
        case BookAdded():
            yield Count(TITLES_ADDED.name, day, channel)
        case CopyAdded(copy=copy):
            yield Count(COPIES_ADDED.name, day, _of(copy) | channel)
        case CopyRemoved(copy=copy) if was_counted:
            yield Count(COPIES_ADDED.name, day, _of(copy) | channel, -1)
        case CopyStatusChanged(copy=copy, before=before, after=after):
            for status, number in ((after, 1), (before, -1)):
                if status in _ENDS:
                    yield Count(_ENDS[status].name, day, _of(copy) | channel, number)
        case _:
            return


def _of(copy: Copy) -> dict[str, str]:
    place = copy.own_place
    return {BRANCH: place.branch, ITEM_TYPE: place.item_type, LOCATION: place.location or UNKNOWN}
