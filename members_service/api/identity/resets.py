"""Routes by which staff let somebody choose a new password."""

from collections.abc import Awaitable
from inspect import getdoc
from typing import Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict

from members_service.api.dependencies import UseCases
from members_service.application.identity.accounts.account_views import ResetOffered
from members_service.application.identity.accounts.offer_reset import (
    ACCOUNT_REFUSALS,
    MEMBER_REFUSALS,
    offer_reset,
    offer_reset_to_member,
)
from shared.kernel.receipts import Receipt
from shared.web.auth import Caller
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["accounts"])


class ResetResponse(ResponseModel):
    """The token to choose a password with at `/v1/auth/activate`. It is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "activation_token": "agUK8iWOFFH1c22-TlsSycSYJqrRM6vq2FY7EZNDVXs",
                    "activation_expires_at": "2026-03-03T10:00:00Z",
                }
            ]
        }
    )

    activation_token: str
    activation_expires_at: Moment

    @classmethod
    def of_offered(cls, offered: ResetOffered) -> Self:
        """Show the token."""
        return cls(activation_token=offered.activation_token, activation_expires_at=offered.activation_expires_at)


@router.post(
    "/members/{member_id}/password-reset",
    status_code=201,
    operation_id="reset_member_password",
    summary="Let a member choose a new password",
    description=getdoc(offer_reset_to_member),
    responses=refusals(*MEMBER_REFUSALS),
)
async def reset_member(member_id: UUID, caller: Caller, ports: UseCases, once: Once) -> ResetResponse:
    def act(receipt: Receipt | None) -> Awaitable[ResetOffered]:
        uow = ports.unit_of_work(receipt)
        return offer_reset_to_member(
            member_id,
            by=caller.subject,
            by_admin=caller.may("admin"),
            uow=uow,
            secret_generator=ports.secret_generator,
            clock=ports.clock,
        )

    return ResetResponse.of_offered(await once(ResetOffered, act))


@router.post(
    "/accounts/{account_id}/password-reset",
    status_code=201,
    operation_id="reset_account_password",
    summary="Let the owner of an account choose a new password",
    description=getdoc(offer_reset),
    responses=refusals(*ACCOUNT_REFUSALS),
)
async def reset_account(account_id: UUID, caller: Caller, ports: UseCases, once: Once) -> ResetResponse:
    def act(receipt: Receipt | None) -> Awaitable[ResetOffered]:
        uow = ports.unit_of_work(receipt)
        return offer_reset(
            account_id, by=caller.subject, uow=uow, secret_generator=ports.secret_generator, clock=ports.clock
        )

    return ResetResponse.of_offered(await once(ResetOffered, act))
