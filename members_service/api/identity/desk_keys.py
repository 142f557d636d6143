"""The route that hands out the key of a desk."""

from inspect import getdoc

from fastapi import APIRouter, Response

from members_service.api.dependencies import account_of
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.accounts.show_desk_key import DeskKey, ShowDeskKey
from shared.web.auth import Caller
from shared.web.json.strict_json import StrictRoute

router = APIRouter(prefix="/v1/accounts/me/desk-key", route_class=StrictRoute, tags=["accounts"])


@router.get(
    "",
    operation_id="get_my_desk_key",
    summary="Show the key for what one's own desk keeps without a line",
    description=getdoc(ShowDeskKey),
)
async def show_own(caller: Caller, identity: Identity, response: Response) -> DeskKey:
    response.headers["Cache-Control"] = "no-store"
    return identity.accounts.show_desk_key(account_of(caller.subject))
