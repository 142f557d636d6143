"""Find the members who are named as guardians."""

from collections.abc import Sequence
from datetime import date

from members_service.application.membership.work import MembershipWork
from members_service.domain.membership.guardian import Guardian, Guarding, Permission, UnknownGuardian
from members_service.domain.unknown_member import MemberNotFound


async def guarded_by(wanted: Sequence[Guarding], *, uow: MembershipWork, today: date) -> list[Guardian]:
    """Return the guardians from `today` on; who is named twice may what both say. Raises UnknownGuardian."""
    found: dict[object, Guardian] = {}
    for one in wanted:
        try:
            member_id = await uow.members.id_of(one.who)
        except MemberNotFound as error:
            raise UnknownGuardian from error
        may = {Permission(word) for word in one.may}
        guardian = found.setdefault(member_id, Guardian(member_id=member_id, may=may, since=today))
        guardian.may |= may
    return list(found.values())
