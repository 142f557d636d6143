"""What each event of a membership counts for, and what figures know of a member."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberErased, MemberEvent, MemberJoined, MemberRenewed
from members_service.domain.membership.membership import age_on
from members_service.domain.statistics import CHANNEL, JOINED, LEFT, OF_MEMBER, RENEWED
from shared.kernel.cube import UNKNOWN, Atom, Count

_AGES = ((5, "0-5"), (11, "6-11"), (17, "12-17"), (64, "18-64"))
_OLDEST = "65+"

_OF_EVENTS: dict[type[MemberEvent], Atom] = {MemberJoined: JOINED, MemberRenewed: RENEWED, MemberErased: LEFT}


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


def counts_of(event: MemberEvent, member: Member, *, by: str | None, day: date) -> Iterator[Count]:
    """Yield what an event of a member counts for on a day."""
    atom = _OF_EVENTS.get(type(event))
    if atom is not None:
        along = values_of(member.home_branch, member.category, member.details.date_of_birth, on=day)
        channel = {CHANNEL: channel_of(by, member.id)} if CHANNEL in atom.dimensions else {}
        yield Count(atom.name, day, dict(zip(OF_MEMBER, along, strict=True)) | channel)


def values_of(home_branch: str | None, category: str, born: date | None, *, on: date) -> tuple[str, str, str]:
    """Return the values of a member's dimensions."""
    return home_branch or UNKNOWN, category, age_band_of(born, on=on)
