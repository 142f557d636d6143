"""Routes for roles, and for who has them where."""

from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from members_service.api.identity.accounts import RoleName
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.grants.change_roles import PutRole, RemoveRole, RoleChange
from members_service.application.identity.grants.grant_role import Granting, GrantRole, Revocation, RevokeRole
from members_service.application.identity.grants.queries import GrantQueries
from members_service.application.identity.grants.views import GrantView, RoleView
from shared.web.auth import Caller
from shared.web.etags import IfMatchUnlessNew, MaybeIfMatch, Tag
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["rights"])

_NEW: dict[int | str, dict[str, Any]] = {201: {"description": "It was made."}}


class RoleRequest(StrictJsonBody):
    """What a role is called by people, and what it gives."""

    title: Annotated[str, line(100)]
    rights: Annotated[list[Annotated[str, line(40)]], Field(max_length=100, examples=[["lend", "take_back"]])]


class RolesResponse(ResponseModel):
    """All roles, the shipped ones first."""

    items: list[RoleView]


class GrantRequest(StrictJsonBody):
    """How far the role goes."""

    branches: Annotated[list[Annotated[str, line(40)]], Field(min_length=1, max_length=100)] | None = Field(
        description="Codes of branches; null for all of them, those to come included."
    )
    until: Moment | None = Field(None, description="When it ends by itself.")


class GrantsResponse(ResponseModel):
    """The roles of an account besides that of members."""

    items: list[GrantView]


@router.get("/roles", operation_id="list_roles", summary="List the roles, and what each gives")
async def show_roles(identity: Identity) -> RolesResponse:
    """The shipped ones come first. A library changes them, all but `admin`, and makes its own."""
    return RolesResponse(items=await identity.grants.queries.roles())


@router.get("/roles/{name}", operation_id="get_role", summary="Show a role", responses=refused_by(GrantQueries.role))
async def show_role(name: RoleName, identity: Identity, tag: Tag) -> RoleView:
    """Its `ETag` is what `PUT` wants in `If-Match`."""
    return tag(await identity.grants.queries.role(name))


@router.put(
    "/roles/{name}",
    operation_id="put_role",
    summary="Make a role, or change what it gives",
    description=getdoc(PutRole),
    responses=_NEW | refused_by(PutRole),
)
async def put_role(
    name: RoleName,
    body: RoleRequest,
    if_match: IfMatchUnlessNew,
    *,
    caller: Caller,
    identity: Identity,
    tag: Tag,
    response: Response,
) -> RoleView:
    command = RoleChange(name, body.title, tuple(body.rights), if_match.version, by=caller.subject)
    with if_match.needed_for_what_is_there():
        role = await identity.grants.put_role(command)
    response.status_code = 201 if role.version == 1 else 200
    return tag(role)


@router.delete(
    "/roles/{name}",
    status_code=204,
    operation_id="remove_role",
    summary="Remove a role",
    description=getdoc(RemoveRole),
    responses=refused_by(RemoveRole),
)
async def remove_role(name: RoleName, version: MaybeIfMatch, *, caller: Caller, identity: Identity) -> None:
    await identity.grants.remove_role(name, seen=version, by=caller.subject)


@router.get(
    "/accounts/{account_id}/grants",
    operation_id="list_grants",
    summary="Show what an account was granted, where and until when",
    responses=refused_by(GrantQueries.grants),
)
async def show_grants(account_id: UUID, identity: Identity) -> GrantsResponse:
    """List the roles beside that of members. One that has ended is listed, and gives nothing.

    `GET /v1/accounts` finds the account, `GET /v1/roles` says what each role gives.
    """
    return GrantsResponse(items=list(await identity.grants.queries.grants(account_id)))


@router.put(
    "/accounts/{account_id}/grants/{role}",
    operation_id="grant_role",
    summary="Grant a role to an account",
    description=getdoc(GrantRole),
    responses=_NEW | refused_by(GrantRole),
)
async def grant(
    account_id: UUID, role: RoleName, body: GrantRequest, *, caller: Caller, identity: Identity, response: Response
) -> GrantView:
    branches = None if body.branches is None else tuple(body.branches)
    granted = await identity.grants.grant(Granting(account_id, role, branches, body.until, by=caller.subject))
    response.status_code = 201 if granted.is_new else 200
    return granted.grant


@router.delete(
    "/accounts/{account_id}/grants/{role}",
    status_code=204,
    operation_id="revoke_role",
    summary="Take a role from an account",
    description=getdoc(RevokeRole),
    responses=refused_by(RevokeRole),
)
async def revoke(account_id: UUID, role: RoleName, *, caller: Caller, identity: Identity) -> None:
    await identity.grants.revoke(Revocation(account_id, role, by=caller.subject))
