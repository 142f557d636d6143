"""Routes for a second factor beside the password: set up, confirm, replace its recovery codes, turn off."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from members_service.api.dependencies import account_of, address_of
from members_service.api.identity.accounts import AccountResponse
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.accounts.account_views import AccountView
from members_service.application.identity.second_factor.confirm_second_factor import (
    ConfirmSecondFactor,
    DrawRecoveryCodes,
    RecoveryCodes,
)
from members_service.application.identity.second_factor.offer_second_factor import (
    OfferSecondFactor,
    OwnAccount,
    SecondFactorOffered,
)
from members_service.application.identity.second_factor.remove_second_factor import (
    LockedOut,
    RemoveSecondFactor,
    TurnSecondFactorOff,
)
from members_service.application.identity.second_factor.use_own_code import OwnCode
from shared.tokens import Principal
from shared.web.auth import Caller
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/accounts", route_class=StrictRoute, tags=["accounts"])

_NO_STORE = "no-store"


class OtpRequest(StrictJsonBody):
    """A code of the authenticator app, or a recovery code where one is taken."""

    otp: Annotated[str, line(100), Field(description="Blanks and hyphens in it do no harm.")]


@router.post(
    "/me/second-factor",
    status_code=201,
    operation_id="offer_second_factor",
    summary="Begin to set up a second factor",
    description=getdoc(OfferSecondFactor),
    responses=refused_by(OfferSecondFactor),
)
async def offer(caller: Caller, identity: Identity, once: Once, response: Response) -> SecondFactorOffered:
    response.headers["cache-control"] = _NO_STORE
    command = OwnAccount(account_of(caller.subject), caller.session or "")
    return await once(SecondFactorOffered, identity.accounts.offer_second_factor, command)


@router.post(
    "/me/second-factor/confirmation",
    operation_id="confirm_second_factor",
    summary="Turn the second factor on with its first code",
    description=getdoc(ConfirmSecondFactor),
    responses=refused_by(ConfirmSecondFactor),
)
async def confirm(
    body: OtpRequest, *, caller: Caller, identity: Identity, once: Once, request: Request, response: Response
) -> RecoveryCodes:
    response.headers["cache-control"] = _NO_STORE
    command = _own(body, caller, request)
    return await once.in_parts(RecoveryCodes, identity.accounts.confirm_second_factor, command)


@router.post(
    "/me/second-factor/recovery-codes",
    status_code=201,
    operation_id="draw_recovery_codes",
    summary="Draw new recovery codes",
    description=getdoc(DrawRecoveryCodes),
    responses=refused_by(DrawRecoveryCodes),
)
async def draw(
    body: OtpRequest, *, caller: Caller, identity: Identity, once: Once, request: Request, response: Response
) -> RecoveryCodes:
    response.headers["cache-control"] = _NO_STORE
    command = _own(body, caller, request)
    return await once.in_parts(RecoveryCodes, identity.accounts.draw_recovery_codes, command)


@router.post(
    "/me/second-factor/removal",
    operation_id="turn_second_factor_off",
    summary="Turn one's own second factor off",
    description=getdoc(TurnSecondFactorOff),
    responses=refused_by(TurnSecondFactorOff),
)
async def turn_off(
    body: OtpRequest, *, caller: Caller, identity: Identity, once: Once, tag: Tag, request: Request
) -> AccountResponse:
    use_case = identity.accounts.turn_second_factor_off
    return AccountResponse.of(tag(await once.in_parts(AccountView, use_case, _own(body, caller, request))))


@router.delete(
    "/{account_id}/second-factor",
    status_code=204,
    operation_id="remove_second_factor",
    summary="Remove the second factor of a colleague who is locked out",
    description=getdoc(RemoveSecondFactor),
    responses=refused_by(RemoveSecondFactor),
)
async def remove(account_id: UUID, caller: Caller, identity: Identity, request: Request) -> None:
    await identity.accounts.remove_second_factor(LockedOut(account_id, caller.subject, address_of(request)))


def _own(body: OtpRequest, caller: Principal, request: Request) -> OwnCode:
    return OwnCode(account_of(caller.subject), body.otp, caller.session or "", address_of(request))
