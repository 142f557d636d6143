"""How single values are read, so that a form can tell all that is wrong with it at once, before anything is done."""

from uuid import UUID

from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.named_member import NamedMember

READ_CARD_NUMBER = CardNumber.parse


def named_member(member_id: UUID | None, card_number: str | None) -> NamedMember:
    """Return who is meant. Raises OneOfTwo unless exactly one of the two is given."""
    return NamedMember(member_id, card_number)
