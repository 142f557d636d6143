"""Look holds up."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from loans_service.application.hold_views import HoldFilter, HoldView, HoldViews
from loans_service.application.ports import MemberDirectory, MemberKey
from loans_service.domain.borrower import MemberNotFound
from loans_service.domain.hold import HoldNotFound


async def show_hold(hold_id: UUID, *, only_of: UUID | None, views: HoldViews) -> HoldView:
    """Show one hold. With `only_of`, a hold of anybody else is as unknown as one that does not exist."""
    hold = await views.hold(hold_id)
    if hold is None or only_of not in (None, hold.member_id):
        raise HoldNotFound
    return hold


async def list_holds(
    wanted: HoldFilter,
    *,
    card_number: str | None,
    limit: int,
    before: tuple[datetime, UUID] | None,
    views: HoldViews,
    members: MemberDirectory,
) -> list[HoldView]:
    """List holds, newest first. A card number that nobody has finds nothing; members is asked whose it is."""
    if card_number is not None:
        try:
            owner = (await members.standing(MemberKey(card_number=card_number))).member_id
        except MemberNotFound:
            return []
        if wanted.member_id not in (None, owner):
            return []
        wanted = replace(wanted, member_id=owner)
    return await views.holds(wanted, limit=limit, before=before)
