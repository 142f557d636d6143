"""Find the members to whom references of guardians point."""

from collections.abc import Sequence
from datetime import date

from members_service.application.membership.work import MembershipWork
from members_service.domain.membership.guardian import Guardian, GuardianReference, Permission, UnknownGuardian
from members_service.domain.unknown_member import MemberNotFound


async def find_guardians(
    references: Sequence[GuardianReference], *, uow: MembershipWork, today: date
) -> list[Guardian]:
    """Return the guardians, each once with the permissions of all its references. Raises UnknownGuardian."""
    found: dict[object, Guardian] = {}
    for one in references:
        try:
            member_id = await uow.members.id_of(one.who)
        except MemberNotFound as error:
            raise UnknownGuardian from error
        may = {Permission(word) for word in one.may}
        guardian = found.setdefault(member_id, Guardian(member_id=member_id, may=may, since=today))
        guardian.may |= may
    return list(found.values())
