"""The route by which somebody chooses a password who got a one-time token for it."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from members_service.api.dependencies import address_of
from members_service.api.identity.cookies import Device
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.accounts.account_views import AccountView
from members_service.application.identity.accounts.activate_account import (
    ActivateAccount,
    ChosenPassword,
)
from members_service.domain.identity.password import check_length
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, read_by
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/auth", route_class=StrictRoute, tags=["accounts"])

_BOUNDS = {"minLength": 12, "maxLength": 256, "format": "password", "examples": ["seven-quiet-otters-read"]}
NewPassword = Annotated[
    str,
    Field(
        max_length=1_000, json_schema_extra=dict(_BOUNDS), description="Not one that many people use; any characters."
    ),
    read_by(check_length),
]
"""A password as it is typed: neither trimmed nor changed. How long it may be is a rule with a code of its own."""


class ActivationRequest(StrictJsonBody):
    """The token from the enrolment or the reset, and the password that its holder chooses."""

    activation_token: Annotated[str, Field(min_length=1, max_length=200)]
    password: NewPassword


class ActivatedResponse(ResponseModel):
    """The account that can sign in now, with `email` as its user name."""

    account_id: UUID
    member_id: UUID | None
    email: str


@router.post(
    "/activate",
    operation_id="activate_account",
    summary="Choose a password with a one-time token",
    description=getdoc(ActivateAccount),
    responses=refused_by(ActivateAccount),
)
async def activate(
    body: ActivationRequest, identity: Identity, request: Request, response: Response, once: Once
) -> ActivatedResponse:
    device = Device.of(request, new_secret=identity.signing_in.secret_generator.secret())
    command = ChosenPassword(body.activation_token, body.password, address_of(request), device.secret)
    activated = ActivatedResponse.of(await once.in_parts(AccountView, identity.accounts.activate_account, command))
    device.set_on(response)
    return activated
