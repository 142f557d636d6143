"""Tell whether a member may borrow: the question that loans asks."""

from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.views import MemberViews, StandingView
from members_service.domain.membership.card import CardReplaced
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue


class OneOfTwo(InvalidValue):
    """A member is named by id or by card number, not by both and not by neither."""

    code = "one-of-two"
    detail = "Name the member by exactly one of `member_id` and `card_number`."
    field = "member_id"


REFUSALS = (MemberNotFound, CardReplaced, OneOfTwo)


async def tell_standing(
    *, member_id: UUID | None, card_number: str | None, members: MemberViews, clock: Clock, zone: tzinfo
) -> StandingView:
    """Say whether a member may borrow, renew and place holds today, and every reason against it.

    - A membership is good through the whole of its last day, as the library's time zone counts days.
    - A suspension or block holds through its last day.
    - Why staff stopped somebody is not told.
    """
    if (member_id is None) == (card_number is None):
        raise OneOfTwo
    membership = await members.membership(member_id=member_id, card_number=card_number)
    return StandingView.of(membership, today=day_in(zone, at=clock.now()))
