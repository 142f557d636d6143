"""Routes by which staff let somebody choose a new password."""

from inspect import getdoc
from uuid import UUID

from fastapi import APIRouter

from members_service.api.identity.dependencies import Identity
from members_service.application.identity.accounts.account_views import ResetOffered
from members_service.application.identity.accounts.offer_reset import (
    LostPassword,
    OfferReset,
    OfferResetToMember,
)
from members_service.domain.rights import ACCOUNTS
from shared.web.auth import Caller
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["accounts"])


@router.post(
    "/members/{member_id}/password-reset",
    status_code=201,
    operation_id="reset_member_password",
    summary="Let a member choose a new password",
    description=getdoc(OfferResetToMember),
    responses=refused_by(OfferResetToMember),
)
async def reset_member(member_id: UUID, caller: Caller, identity: Identity, once: Once) -> ResetOffered:
    command = LostPassword(member_id, by=caller.subject, by_admin=caller.reach(ACCOUNTS) is None)
    return await once(ResetOffered, identity.accounts.offer_reset_to_member, command)


@router.post(
    "/accounts/{account_id}/password-reset",
    status_code=201,
    operation_id="reset_account_password",
    summary="Let the owner of an account choose a new password",
    description=getdoc(OfferReset),
    responses=refused_by(OfferReset),
)
async def reset_account(account_id: UUID, caller: Caller, identity: Identity, once: Once) -> ResetOffered:
    command = LostPassword(account_id, by=caller.subject)
    return await once(ResetOffered, identity.accounts.offer_reset, command)
