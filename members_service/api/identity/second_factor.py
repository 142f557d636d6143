"""Routes for a second factor beside the password: set up, confirm, replace its recovery codes, turn off."""

from collections.abc import Awaitable
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from members_service.api.dependencies import UseCases, account_of, address_of
from members_service.api.identity.accounts import AccountResponse
from members_service.application.identity.accounts.account_views import AccountView
from members_service.application.identity.second_factor import confirm_second_factor as confirming
from members_service.application.identity.second_factor import offer_second_factor as offering
from members_service.application.identity.second_factor import remove_second_factor as removing
from members_service.application.identity.second_factor.confirm_second_factor import (
    RecoveryCodes,
    confirm_second_factor,
    draw_recovery_codes,
)
from members_service.application.identity.second_factor.offer_second_factor import (
    SecondFactorOffered,
    offer_second_factor,
)
from members_service.application.identity.second_factor.remove_second_factor import (
    remove_second_factor,
    turn_second_factor_off,
)
from members_service.application.identity.second_factor.use_own_code import OwnCode
from shared.kernel.receipts import Receipt
from shared.tokens import Principal
from shared.web.auth import Caller
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, ResponseModel, StrictRoute, line
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/accounts", route_class=StrictRoute, tags=["accounts"])

_NEVER_KEPT = "no-store"


class OtpRequest(Body):
    """A code of the authenticator app, or a recovery code where one is taken."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"otp": "492039"}]})

    otp: Annotated[str, line(100), Field(description="Blanks and hyphens in it do no harm.")]


class SecondFactorResponse(ResponseModel):
    """What an authenticator app needs to know, shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                    "otpauth_uri": "otpauth://totp/Library:grace%40library.example"
                    "?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Library",
                }
            ]
        }
    )

    secret: Annotated[str, Field(description="Base32, to be typed into the app.")]
    otpauth_uri: Annotated[str, Field(description="The same and more, to be shown as a QR code.")]


class RecoveryCodesResponse(ResponseModel):
    """Each of them lets its owner in once without the app; shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recovery_codes": ["7qj2-ufty-3kwm-a6zn-pxb4-vh5d"]}]})

    recovery_codes: list[str]


@router.post(
    "/me/second-factor",
    status_code=201,
    operation_id="offer_second_factor",
    summary="Begin to set up a second factor",
    description=getdoc(offer_second_factor),
    responses=refusals(*offering.REFUSALS),
)
async def offer(caller: Caller, ports: UseCases, once: Once, response: Response) -> SecondFactorResponse:
    def act(receipt: Receipt | None) -> Awaitable[SecondFactorOffered]:
        return offer_second_factor(
            account_of(caller.subject),
            own_session=caller.session or "",
            uow=ports.unit_of_work(receipt),
            authenticator=ports.second_factor.authenticator,
            clock=ports.clock,
        )

    response.headers["cache-control"] = _NEVER_KEPT
    return SecondFactorResponse.of(await once(SecondFactorOffered, act))


@router.post(
    "/me/second-factor/confirmation",
    operation_id="confirm_second_factor",
    summary="Turn the second factor on with its first code",
    description=getdoc(confirm_second_factor),
    responses=refusals(*confirming.REFUSALS),
)
async def confirm(
    body: OtpRequest, *, caller: Caller, ports: UseCases, once: Once, request: Request, response: Response
) -> RecoveryCodesResponse:
    def act(receipt: Receipt | None) -> Awaitable[RecoveryCodes]:
        return confirm_second_factor(
            _own(body, caller, request),
            uow=ports.unit_of_work(receipt),
            accounts=ports.accounts,
            throttle=ports.throttle,
            authenticator=ports.second_factor.authenticator,
            secret_generator=ports.secret_generator,
            clock=ports.clock,
        )

    response.headers["cache-control"] = _NEVER_KEPT
    return RecoveryCodesResponse.of(await once.in_parts(RecoveryCodes, act))


@router.post(
    "/me/second-factor/recovery-codes",
    status_code=201,
    operation_id="draw_recovery_codes",
    summary="Draw new recovery codes",
    description=getdoc(draw_recovery_codes),
    responses=refusals(*confirming.NEW_CODES_REFUSALS),
)
async def draw(
    body: OtpRequest, *, caller: Caller, ports: UseCases, once: Once, request: Request, response: Response
) -> RecoveryCodesResponse:
    def act(receipt: Receipt | None) -> Awaitable[RecoveryCodes]:
        return draw_recovery_codes(
            _own(body, caller, request),
            uow=ports.unit_of_work(receipt),
            accounts=ports.accounts,
            throttle=ports.throttle,
            authenticator=ports.second_factor.authenticator,
            secret_generator=ports.secret_generator,
            clock=ports.clock,
        )

    response.headers["cache-control"] = _NEVER_KEPT
    return RecoveryCodesResponse.of(await once.in_parts(RecoveryCodes, act))


@router.post(
    "/me/second-factor/removal",
    operation_id="turn_second_factor_off",
    summary="Turn one's own second factor off",
    description=getdoc(turn_second_factor_off),
    responses=refusals(*removing.OWN_REFUSALS),
)
async def turn_off(
    body: OtpRequest, *, caller: Caller, ports: UseCases, once: Once, tag: Tag, request: Request
) -> AccountResponse:
    def act(receipt: Receipt | None) -> Awaitable[AccountView]:
        return turn_second_factor_off(
            _own(body, caller, request),
            uow=ports.unit_of_work(receipt),
            accounts=ports.accounts,
            throttle=ports.throttle,
            authenticator=ports.second_factor.authenticator,
            clock=ports.clock,
        )

    account = await once.in_parts(AccountView, act)
    tag(account.version)
    return AccountResponse.of(account)


@router.delete(
    "/{account_id}/second-factor",
    status_code=204,
    operation_id="remove_second_factor",
    summary="Remove the second factor of a colleague who is locked out",
    description=getdoc(remove_second_factor),
    responses=refusals(*removing.REFUSALS),
)
async def remove(account_id: UUID, caller: Caller, ports: UseCases, request: Request) -> None:
    await remove_second_factor(
        account_id,
        by=caller.subject,
        address=address_of(request),
        uow=ports.unit_of_work(None),
        clock=ports.clock,
    )


def _own(body: OtpRequest, caller: Principal, request: Request) -> OwnCode:
    return OwnCode(account_of(caller.subject), body.otp, caller.session or "", address_of(request))
