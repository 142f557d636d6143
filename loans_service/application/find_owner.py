"""Find out whose loans or holds are asked for when somebody names a card."""

from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import MemberNotFound
from loans_service.persistence.merged_records import MergedRecords


class OfMember(Protocol):
    """A filter that may ask for the things of one member."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def member_id(self) -> UUID | None: ...


Filter = TypeVar("Filter", bound=OfMember)


async def of_owner(
    filters: Filter, card_number: str | None, members: MemberDirectory, merged: MergedRecords
) -> Filter | None:
    """Return the filter for the member with this card, if one is named; None when nothing can be found then.

    The id of a record that was merged stands for the person. Raises CardReplaced, or NeighbourUnavailable when nobody
    answers.
    """
    if filters.member_id is not None:
        filters = replace(filters, member_id=await merged.record_that_stays(filters.member_id))
    if card_number is None:
        return filters
    try:
        owner = (await members.standing(MemberKey(card_number=card_number))).member_id
    except MemberNotFound:
        return None
    return replace(filters, member_id=owner) if filters.member_id in (None, owner) else None
