"""Routes for people who have forgotten PIN or password: a token is mailed, and its holder chooses new ones."""

from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field, model_validator

from members_service.api.dependencies import address_of
from members_service.api.identity.activation import NewPassword
from members_service.api.identity.cookies import Device
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.accounts.recover import (
    Forgotten,
    NewSecrets,
    Recover,
    Recovered,
    RecoveryOffered,
    UseRecovery,
)
from members_service.domain.pin import check_pin
from shared.web.auth import Caller
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line, read_by
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["accounts"])


class RecoveryRequest(StrictJsonBody):
    """What somebody says who has forgotten PIN or password."""

    card_number: Annotated[str, line(64)]
    email: Annotated[
        str, line(254), Field(description="Where the token is then sent to.", json_schema_extra={"format": "email"})
    ]


@router.post(
    "/members/recovery",
    status_code=201,
    operation_id="recover_password",
    summary="Let somebody choose a new PIN or password who has forgotten it",
    description=getdoc(Recover),
    responses=refused_by(Recover),
)
async def recover(
    body: RecoveryRequest, caller: Caller, identity: Identity, once: Once, request: Request
) -> RecoveryOffered:
    command = Forgotten(body.card_number, body.email, caller.client_id or caller.subject, address_of(request))
    return await once.in_parts(RecoveryOffered, identity.accounts.recover, command)


class RecoveredRequest(StrictJsonBody):
    """The token from the mail, and what its holder chooses: a PIN, a password, or both."""

    recovery_token: Annotated[str, Field(min_length=1, max_length=400)]
    pin: Annotated[str, line(20), read_by(check_pin)] | None = Field(None, description="4 to 8 digits, for machines.")
    password: NewPassword | None = None

    @model_validator(mode="after")
    def _chooses_something(self) -> Self:
        if self.pin is None and self.password is None:
            raise ValueError("nothing is chosen: give a pin, a password or both")
        return self


class RecoveredResponse(ResponseModel):
    """Who signs in with what was chosen: the card with its PIN, and `email` with the password where there is one."""

    member_id: UUID
    email: str | None


@router.post(
    "/auth/recover",
    operation_id="use_recovery",
    summary="Choose a new PIN or password with a token from the mail",
    description=getdoc(UseRecovery),
    responses=refused_by(UseRecovery),
)
async def use(
    body: RecoveredRequest, identity: Identity, request: Request, response: Response, once: Once
) -> RecoveredResponse:
    device = Device.of(request, new_secret=identity.signing_in.secret_generator.secret())
    command = NewSecrets(body.recovery_token, body.pin, body.password, address_of(request), device.secret)
    recovered = RecoveredResponse.of(await once.in_parts(Recovered, identity.accounts.use_recovery, command))
    if body.password is not None:
        device.set_on(response)
    return recovered
