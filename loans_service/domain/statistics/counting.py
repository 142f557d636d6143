"""What each act of circulation counts for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from loans_service.domain.fines.fine import FineEvent, Posting
from loans_service.domain.holds.hold import HoldEvent, HoldEventType
from loans_service.domain.lending.loan import LoanEvent
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.domain.statistics.atoms import (
    ACTIVE_BORROWERS,
    AGE_BAND,
    BRANCH,
    CATEGORY,
    CHANNEL,
    CHARGED,
    DAYS_WAITED,
    HOLDS_ENDED,
    HOLDS_FILLED,
    HOLDS_PLACED,
    IN_HOUSE_USES,
    ITEM_TYPE,
    LOANS,
    LOCATION,
    PAID,
    REASON,
    RENEWALS,
    RETURNS,
    WAIVED,
)
from shared.kernel.cube import UNKNOWN, Atom, Count

OF_LOANS = {LoanEventType.CHECKED_OUT: LOANS, LoanEventType.RENEWED: RENEWALS, LoanEventType.RETURNED: RETURNS}
OF_FINES = {Posting.CHARGED: CHARGED, Posting.PAID: PAID, Posting.REFUNDED: PAID, Posting.WAIVED: WAIVED}
_CANCELLED, _EXPIRED = "cancelled", "expired"


@dataclass(frozen=True, slots=True)
class Act:
    """Where an act counts, on which day of that branch, and how it came in."""

    branch: str
    day: date
    channel: str


def loan_counts(event: LoanEvent, act: Act) -> Iterator[Count]:
    """Yield what an event of a loan counts for. A return counts on the day on which the copy came back.

    A renewal counts as what the borrower is then, all else as what the borrower was when the copy was lent.
    """
    atom, loan = OF_LOANS.get(event.type), event.loan
    if atom is None:
        return
    terms = event.terms or loan.terms
    of_member = {CATEGORY: terms.category, AGE_BAND: terms.age_band or UNKNOWN}
    of_copy = {ITEM_TYPE: loan.copy.item_type, LOCATION: loan.location or UNKNOWN}
    yield Count(atom.name, act.day, {BRANCH: act.branch, CHANNEL: act.channel} | of_copy | of_member)
    if atom is LOANS:
        yield Count(ACTIVE_BORROWERS.name, act.day, {BRANCH: act.branch} | of_member, person=loan.member_id)


def in_house_use(item_type: str, location: str | None, act: Act) -> Count:
    """Return what it counts for that a copy was used in the library."""
    along = {BRANCH: act.branch, ITEM_TYPE: item_type, LOCATION: location or UNKNOWN, CHANNEL: act.channel}
    return Count(IN_HOUSE_USES.name, act.day, along)


def hold_counts(event: HoldEvent, act: Act, *, placed_on: date) -> Iterator[Count]:
    """Yield what an event of a hold counts for; it was placed on that day of the branch."""
    hold = event.hold
    of_hold = {BRANCH: act.branch, ITEM_TYPE: hold.item_type or UNKNOWN}
    whole = {
        **of_hold,
        CATEGORY: hold.category,
        AGE_BAND: hold.age_band or UNKNOWN,
        CHANNEL: act.channel,
    }
    match event.type:
        case HoldEventType.PLACED:
            yield Count(HOLDS_PLACED.name, act.day, whole)
        case HoldEventType.FULFILLED:
            yield Count(HOLDS_FILLED.name, act.day, whole)
            if (waited := (act.day - placed_on).days) > 0:
                yield Count(DAYS_WAITED.name, act.day, of_hold, waited)
        case HoldEventType.CANCELLED:
            yield Count(HOLDS_ENDED.name, act.day, whole | {REASON: hold.reason or _CANCELLED})
        case HoldEventType.EXPIRED:
            yield Count(HOLDS_ENDED.name, act.day, whole | {REASON: _EXPIRED})
        case _:
            return


def fine_count(event: FineEvent, act: Act) -> Count:
    """Return what a posting counts for; what is given back takes from what was paid, on its own day."""
    atom: Atom = OF_FINES[event.posting]
    amount = -event.amount.amount if event.posting is Posting.REFUNDED else event.amount.amount
    along = {BRANCH: act.branch, REASON: event.fine.reason, CHANNEL: act.channel}
    return Count(atom.name, act.day, along, amount)
