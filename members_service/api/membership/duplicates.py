"""Routes by which two records of one person are found and made one."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.application.membership.list_duplicates import ListDuplicates
from members_service.application.membership.merge_members import Merge, MergeMembers
from members_service.application.membership.views import DuplicatesView, MemberView
from members_service.domain.rights import ACCOUNTS
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])


class MergeRequest(StrictJsonBody):
    """Into which record."""

    into: UUID


@router.get(
    "/duplicates",
    operation_id="list_duplicates",
    summary="List members who are perhaps one person",
    description=getdoc(ListDuplicates),
)
async def show_many(page: Page, *, caller: Caller, membership: Membership) -> Listing[DuplicatesView]:
    place = page.after(tuple[Annotated[str, Field(pattern="^[0-9a-f]{32}$")]])
    after = bytes.fromhex(place[0]) if place else None
    found = await membership.list_duplicates(limit=page.limit, more=1, after=after, by=caller.subject)
    groups = found[: page.limit]
    last = (groups[-1][0].hex(),) if len(found) > page.limit else None
    return page.ending([group for _, group in groups], last)


@router.post(
    "/{member_id}/merge",
    operation_id="merge_members",
    summary="Merge a member's record into another one of the same person",
    description=getdoc(MergeMembers),
    responses=refused_by(MergeMembers),
)
async def merge(
    member_id: UUID, body: MergeRequest, *, caller: Caller, membership: Membership, once: Once, tag: Tag
) -> MemberView:
    command = Merge(member_id, body.into, caller.subject, caller.reach(ACCOUNTS) is None, caller.person_id)
    return tag(await once(MemberView, membership.merge_members, command))
