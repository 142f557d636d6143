"""Routes for PINs: choosing one, and proving at a machine to be the one on the card."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import EndUserAddress, NewPin
from members_service.application.membership.cards.set_pin import ChangeOwnPin, OwnPin, SetPin
from members_service.application.membership.cards.set_pin import NewPin as NewPinOf
from members_service.application.membership.cards.verify_pin import CardAndPin, VerifiedView, VerifyPin
from shared.web.auth import NOBODY, Caller
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])

_Typed = Annotated[str, Field(max_length=20)]


class VerificationRequest(StrictJsonBody):
    """What was scanned and typed."""

    card_number: Annotated[str, line(60, empty=True)]
    pin: _Typed
    end_user_address: EndUserAddress | None = Field(
        None, description="The address of whoever types, so that nobody else has to wait for wrong tries from there."
    )


class PinRequest(StrictJsonBody):
    """The new PIN."""

    pin: NewPin


class OwnPinRequest(PinRequest):
    """The present PIN, where there is one and it is not forgotten, and the new one."""

    current_pin: _Typed | None = None


@router.post(
    "/verify",
    operation_id="verify_pin",
    summary="Prove by card and PIN who one is",
    description=getdoc(VerifyPin),
    responses=refused_by(VerifyPin),
)
async def verify(
    body: VerificationRequest, caller: Caller, membership: Membership, request: Request, response: Response
) -> VerifiedView:
    address = request.client.host if request.client else None
    response.headers["cache-control"] = "no-store"
    return await membership.verify_pin(
        CardAndPin(body.card_number, body.pin, caller.client_id, address, body.end_user_address)
    )


@router.put(
    "/me/pin",
    status_code=204,
    operation_id="change_my_pin",
    summary="Choose a PIN for one's own card",
    description=getdoc(ChangeOwnPin),
    responses=refused_by(ChangeOwnPin),
)
async def change_own(body: OwnPinRequest, caller: Caller, membership: Membership) -> None:
    own = caller.person_id or NOBODY
    await membership.change_own_pin(OwnPin(own, body.pin, body.current_pin, caller.subject, caller.session or ""))


@router.put(
    "/{member_id}/pin",
    status_code=204,
    operation_id="set_pin",
    summary="Give a member's card another PIN",
    description=getdoc(SetPin),
    responses=refused_by(SetPin),
)
async def change_one(member_id: UUID, body: PinRequest, caller: Caller, membership: Membership) -> None:
    await membership.set_pin(NewPinOf(member_id, body.pin, caller.subject))
