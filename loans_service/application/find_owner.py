"""Find the member whose loans or holds are listed by card number."""

from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.domain.borrower import MemberNotFound
from loans_service.persistence.merged_records import MergedRecords


class OfMember(Protocol):
    """A filter that can be restricted to one member."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def member_id(self) -> UUID | None: ...


Filter = TypeVar("Filter", bound=OfMember)


async def of_owner(
    filters: Filter, card_number: str | None, members: MemberDirectory, merged: MergedRecords
) -> Filter | None:
    """Return the filter restricted to the owner of the card, if one is given; None if nothing can match.

    The id of a merged record stands for the person. Raises CardReplaced, or NeighbourUnavailable if members does not
    answer.
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
