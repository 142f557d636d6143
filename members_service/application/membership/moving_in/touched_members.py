"""Whom a batch of an import has made and changed, so that it can be undone."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from members_service.domain.membership.member import Member
from members_service.domain.taking_back import AGAIN, MEMBER, VERSION
from shared.kernel.import_undo import ImportedChange


class TouchedMembers:
    """The members whom the records of a batch meant, with the versions that they had before."""

    def __init__(self) -> None:
        self.made: set[UUID] = set()
        self._before: dict[UUID, tuple[Member, int]] = {}

    def make(self, member: Member) -> None:
        """Note that the batch made this member."""
        self.made.add(member.id)
        self.meet(member)

    def meet(self, member: Member) -> None:
        """Note a member who is about to be revised."""
        self._before.setdefault(member.id, (member, member.version))

    def changes(self, made_earlier: AbstractSet[UUID]) -> list[ImportedChange]:
        """Return what was made and changed; whom the import made in an earlier batch are told apart."""
        return [
            ImportedChange(
                AGAIN if member.id in made_earlier else MEMBER,
                str(member.id),
                member.version,
                member.id in self.made,
                {VERSION: (before, member.version)},
            )
            for member, before in self._before.values()
            if member.id in self.made or member.version != before
        ]
