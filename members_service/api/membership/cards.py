"""Routes for cards: give one out, stop one that was lost, and find out whose one is."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import NewCard
from members_service.application.membership.cards.replace_card import GiveCard, LostCard, ReplaceCard, StopCard
from members_service.application.membership.show_member import ListCards, Reading, ShowCard
from members_service.application.membership.views import CardView, MemberView
from members_service.domain.membership.card_number import card_key
from shared.web.auth import Caller, OnlyOf
from shared.web.cursors import Listing, Page
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictJsonBody, StrictRoute, line, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["members"])

_Reason = Annotated[str, paragraph(500), Field(description="Read by staff only.")]
_CardNumber = Annotated[str, line(60)]


class CardRequest(StrictJsonBody):
    """The new card, and whether those that work go on working."""

    card_number: NewCard | None = Field(None, description="Drawn, with a check digit, if absent.")
    reason: _Reason | None = None
    keep_old: Annotated[bool, Field(description="Whether the cards that work are kept beside the new one.")] = False


class LostCardRequest(StrictJsonBody):
    """What staff note about the loss."""

    reason: _Reason | None = None


@router.post(
    "/members/{member_id}/cards",
    status_code=201,
    operation_id="replace_card",
    summary="Give a member a new card",
    description=getdoc(ReplaceCard),
    responses=refused_by(ReplaceCard),
)
async def replace(
    member_id: UUID, *, body: CardRequest | None = None, caller: Caller, membership: Membership, once: Once, tag: Tag
) -> MemberView:
    request = body or CardRequest()
    command = GiveCard(member_id, request.card_number, request.reason, request.keep_old, caller.subject)
    return tag(await once(MemberView, membership.replace_card, command))


@router.get(
    "/members/{member_id}/cards",
    operation_id="list_cards",
    summary="List the cards of a member",
    description=getdoc(ListCards),
    responses=refused_by(ListCards),
)
async def show_many(
    member_id: UUID, page: Page, *, caller: Caller, only_of: OnlyOf, membership: Membership
) -> Listing[CardView]:
    after = page.after(tuple[Moment, _CardNumber])
    reading = Reading(member_id, only_of, caller.subject)
    found = await membership.list_cards(reading, limit=page.limit + 1, after=after)
    return page.listing(found, lambda last: (last.issued_at, card_key(last.card_number)))


@router.post(
    "/members/{member_id}/cards/{card_number:path}/stop",
    operation_id="stop_card",
    summary="Stop a card that was lost",
    description=getdoc(StopCard),
    responses=refused_by(StopCard),
)
async def stop(
    member_id: UUID,
    card_number: _CardNumber,
    *,
    body: LostCardRequest | None = None,
    caller: Caller,
    membership: Membership,
    once: Once,
    tag: Tag,
) -> MemberView:
    command = LostCard(member_id, card_number, body.reason if body else None, caller.subject)
    return tag(await once(MemberView, membership.stop_card, command))


@router.get(
    "/cards/{card_number:path}",
    operation_id="get_card",
    summary="Show whose a card is or was",
    description=getdoc(ShowCard),
    responses=refused_by(ShowCard),
)
async def show_one(card_number: _CardNumber, caller: Caller, membership: Membership) -> CardView:
    return await membership.show_card(card_number, by=caller.subject)
