"""Routes about those who stand in for others."""

from inspect import getdoc
from uuid import UUID

from fastapi import APIRouter

from members_service.api.membership.dependencies import Guardians
from members_service.application.membership.guardians import ListWards, ShowGuardian
from members_service.application.membership.views import GuardianView, MemberView
from shared.web.auth import NOBODY, OnlyOf
from shared.web.cursors import Listing, Page
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])


@router.get(
    "/me/wards",
    operation_id="list_my_wards",
    summary="List the members whose guardian one is",
    description=getdoc(ListWards),
)
async def show_wards(page: Page, only_of: OnlyOf, guardians: Guardians) -> Listing[MemberView]:
    found = await guardians.list_wards(only_of or NOBODY, limit=page.limit + 1, after=page.after_id())
    return page.listing(found, lambda last: (last.member_id,))


@router.get(
    "/{member_id}/guardians/{guardian_id}",
    operation_id="get_guardian",
    summary="Tell what a guardian may do for a member",
    description=getdoc(ShowGuardian),
    responses=refused_by(ShowGuardian),
)
async def show_one(member_id: UUID, guardian_id: UUID, guardians: Guardians) -> GuardianView:
    return await guardians.show_guardian(member_id, guardian_id)
