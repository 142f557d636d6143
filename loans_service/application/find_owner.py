"""Find out whose loans or holds are asked for when somebody names a card."""

from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import MemberNotFound


class OfMember(Protocol):
    """A filter that may ask for the things of one member."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def member_id(self) -> UUID | None: ...


Filter = TypeVar("Filter", bound=OfMember)


async def of_owner(wanted: Filter, card_number: str | None, members: MemberDirectory) -> Filter | None:
    """Return the filter for the member with this card, if one is named; None when nothing can be found then.

    Raises CardReplaced, or NeighbourUnavailable when nobody answers.
    """
    if card_number is None:
        return wanted
    try:
        owner = (await members.standing(MemberKey(card_number=card_number))).member_id
    except MemberNotFound:
        return None
    return replace(wanted, member_id=owner) if wanted.member_id in (None, owner) else None
