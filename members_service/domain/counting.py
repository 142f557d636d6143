"""What the acts of a membership count for, and what figures know of a member."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType
from members_service.domain.membership.member import Member
from members_service.domain.membership.membership import age_on
from members_service.domain.statistics import CHANNEL, JOINED, LEFT, OF_MEMBER, RENEWED
from shared.kernel.cube import UNKNOWN, Count

OF_HISTORY = {MembershipEventType.JOINED: JOINED, MembershipEventType.RENEWED: RENEWED}

_AGES = ((5, "0-5"), (11, "6-11"), (17, "12-17"), (64, "18-64"))
_OLDEST = "65+"


def age_band_of(born: date | None, *, on: date) -> str:
    """Return the band in which an age lies: all that figures know of it."""
    if born is None:
        return UNKNOWN
    age = age_on(on, born=born)
    return next((band for oldest, band in _AGES if age <= oldest), _OLDEST)


def channel_of(by: str | None, member_id: UUID) -> str:
    """Return how an act came in: at a desk, by a machine, by the member, or by itself."""
    if by is None:
        return "itself"
    if by == str(member_id):
        return "reader"
    try:
        UUID(by)
    except ValueError:
        return "machine"
    return "desk"


def counts_of(entry: HistoryEntry, member: Member, day: date) -> Iterator[Count]:
    """Yield what an entry of a member's history counts for on a day."""
    if atom := OF_HISTORY.get(entry.what):
        yield Count(atom.name, day, _along(member, day) | {CHANNEL: channel_of(entry.by, member.id)})


def count_of_leaving(member: Member, day: date) -> Count:
    """Return what it counts for that a member was erased on a day."""
    return Count(LEFT.name, day, _along(member, day))


def values_of(home_branch: str | None, category: str, born: date | None, *, on: date) -> tuple[str, str, str]:
    """Return the values of a member's dimensions."""
    return home_branch or UNKNOWN, category, age_band_of(born, on=on)


def _along(member: Member, day: date) -> dict[str, str]:
    values = values_of(member.home_branch, member.category, member.details.date_of_birth, on=day)
    return dict(zip(OF_MEMBER, values, strict=True))
