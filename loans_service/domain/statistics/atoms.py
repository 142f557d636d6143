"""What lending counts, and along which dimensions."""

from enum import StrEnum
from uuid import UUID

from shared.kernel.cube import UNKNOWN, Atom, Kind

BRANCH, ITEM_TYPE, LOCATION, CATEGORY, AGE_BAND = "branch", "item_type", "location", "category", "age_band"
CHANNEL, REASON = "channel", "reason"
DIMENSIONS = (BRANCH, ITEM_TYPE, LOCATION, CATEGORY, AGE_BAND, CHANNEL, REASON)
WIDE = (BRANCH, ITEM_TYPE)
"""Along which a year is asked for most."""

_PERSONAL = frozenset({CATEGORY, AGE_BAND})
_PUBLISHED = (BRANCH, CATEGORY, AGE_BAND)
_AGES = ((5, "0-5"), (11, "6-11"), (17, "12-17"), (64, "18-64"))
_OLDEST = "65+"


class Channel(StrEnum):
    """How an act came in."""

    DESK = "desk"
    MACHINE = "machine"
    READER = "reader"
    ITSELF = "itself"
    OFFLINE = "offline"


def channel_of(by: str, *, offline: bool = False) -> str:
    """Return how an act came in, by who did it: an account, a client, a reader or the service itself."""
    if offline:
        return Channel.OFFLINE
    if by in ("borrower", "guardian"):
        return Channel.READER
    if by in ("", "system"):
        return Channel.ITSELF if by else UNKNOWN
    try:
        UUID(by)
    except ValueError:
        return Channel.MACHINE
    return Channel.DESK


def age_band_of(age: int | None) -> str:
    """Return the band in which an age in full years lies: all that figures know of it."""
    if age is None:
        return UNKNOWN
    return next((band for oldest, band in _AGES if age <= oldest), _OLDEST)


def _atom(name: str, description: str, *dimensions: str, kind: Kind = Kind.SUM, of_people: bool = False) -> Atom:
    personal = _PERSONAL & {*dimensions}
    published = tuple(each for each in _PUBLISHED if each in dimensions) if personal or of_people else ()
    return Atom(
        name=name,
        description=description,
        dimensions=dimensions,
        kind=kind,
        of_people=of_people,
        personal=personal,
        published=published,
    )


_OF_COPY = (BRANCH, ITEM_TYPE, LOCATION)
_OF_MEMBER = (CATEGORY, AGE_BAND)

LOANS = _atom(
    "loans",
    "Loans that began; without renewals, and without what was taken over from another system. Where the copy was lent.",
    *(*_OF_COPY, *_OF_MEMBER, CHANNEL),
)
RENEWALS = _atom(
    "renewals",
    "Renewals of loans, by readers, staff and machines, or of loans that renew themselves. Where it was done, or else "
    "where the copy was lent.",
    *(*_OF_COPY, *_OF_MEMBER, CHANNEL),
)
RETURNS = _atom(
    "returns",
    "Copies that came back from a loan, on the day on which they came back. Where they came back; the borrower as at "
    "the loan.",
    *(*_OF_COPY, *_OF_MEMBER, CHANNEL),
)
IN_HOUSE_USES = _atom(
    "in_house_uses",
    "Copies that were used in the library and put back. Where they were used.",
    *(*_OF_COPY, CHANNEL),
)
HOLDS_PLACED = _atom(
    "holds_placed",
    "Holds that were placed. Where the copy is to be fetched; unknown for its home branch.",
    *(BRANCH, ITEM_TYPE, *_OF_MEMBER, CHANNEL),
)
HOLDS_FILLED = _atom(
    "holds_filled",
    "Holds that ended because the copy was lent to whoever waited. Where it was to be fetched.",
    *(BRANCH, ITEM_TYPE, *_OF_MEMBER, CHANNEL),
)
HOLDS_ENDED = _atom(
    "holds_ended",
    "Holds that ended without a loan: cancelled by the reader (`cancelled`), by the library for the reason that it "
    "gave, or because their time was over (`expired`).",
    *(BRANCH, ITEM_TYPE, *_OF_MEMBER, CHANNEL, REASON),
)
DAYS_WAITED = _atom(
    "days_waited",
    "Days from the placing of each hold that was filled to the loan that filled it; divided by holds_filled, the mean "
    "wait.",
    *(BRANCH, ITEM_TYPE),
)
CHARGED = _atom(
    "charged",
    "What was charged, in minor units of the library's currency. Where the copy was lent.",
    *(BRANCH, REASON, CHANNEL),
)
PAID = _atom(
    "paid",
    "What was paid of charges, less what was given back, in minor units; each on its own day. The branch is that "
    "of the charge; which till took the money is in GET /v1/payments.",
    *(BRANCH, REASON, CHANNEL),
)
WAIVED = _atom(
    "waived",
    "What was forgiven of charges, or cancelled, in minor units. The branch is that of the charge.",
    *(BRANCH, REASON, CHANNEL),
)
ACTIVE_BORROWERS = _atom(
    "active_borrowers",
    "Different members who borrowed something: once in a month and once in a year, as they were at the first loan of "
    "it, and where it was made.",
    *(BRANCH, *_OF_MEMBER),
    kind=Kind.PEOPLE,
    of_people=True,
)

ATOMS = (
    *(LOANS, RENEWALS, RETURNS, IN_HOUSE_USES, HOLDS_PLACED, HOLDS_FILLED, HOLDS_ENDED, DAYS_WAITED),
    *(CHARGED, PAID, WAIVED, ACTIVE_BORROWERS),
)
