"""Routes by which staff stop a member: suspensions and blocks."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import BranchCode, Day
from members_service.application.membership.standing.blocks import BlockMember, LiftBlock, ListBlocks, PlaceBlock
from members_service.application.membership.standing.reinstate_member import Reinstate, ReinstateMember
from members_service.application.membership.standing.suspend_member import MemberSuspension, SuspendMember
from members_service.application.membership.standing.views import BlockView
from members_service.application.membership.views import MemberView
from members_service.domain.membership.standing import Action
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members/{member_id}", route_class=StrictRoute, tags=["members"])

LastDay = Annotated[Day | None, Field(description="The last day, itself included; an open end if absent.")]


class SuspensionRequest(StrictJsonBody):
    """Why, and until when."""

    reason: Annotated[str, paragraph(500), Field(description="Shown to the member.")]
    until: LastDay = None


class BlockRequest(StrictJsonBody):
    """What to stop, why, where and until when."""

    action: Action
    reason: Annotated[str, paragraph(500), Field(description="Shown to the member.")]
    until: LastDay = None
    branch: BranchCode | None = Field(None, description="Where it counts; in all branches if absent.")


@router.post(
    "/suspend",
    operation_id="suspend_member",
    summary="Suspend a member",
    description=getdoc(SuspendMember),
    responses=refused_by(SuspendMember),
)
async def suspend(
    member_id: UUID, body: SuspensionRequest, *, caller: Caller, membership: Membership, once: Once, tag: Tag
) -> MemberView:
    command = MemberSuspension(member_id, body.reason, body.until, caller.subject, caller.person_id)
    return tag(await once(MemberView, membership.suspend_member, command))


@router.post(
    "/reinstate",
    operation_id="reinstate_member",
    summary="Lift a suspension, or let a leaving member stay",
    description=getdoc(ReinstateMember),
    responses=refused_by(ReinstateMember),
)
async def reinstate(member_id: UUID, caller: Caller, membership: Membership, once: Once, tag: Tag) -> MemberView:
    command = Reinstate(member_id, caller.subject, caller.person_id)
    return tag(await once(MemberView, membership.reinstate_member, command))


@router.post(
    "/blocks",
    status_code=201,
    operation_id="block_member",
    summary="Block an action of a member",
    description=getdoc(BlockMember),
    responses=located() | refused_by(BlockMember),
)
async def place(
    member_id: UUID, body: BlockRequest, *, caller: Caller, membership: Membership, once: Once, response: Response
) -> BlockView:
    command = PlaceBlock(member_id, body.action, body.reason, body.until, caller.subject, body.branch)
    block = await once(BlockView, membership.block_member, command)
    response.headers["Location"] = f"/v1/members/{block.member_id}/blocks/{block.block_id}"
    return block


@router.get(
    "/blocks",
    operation_id="list_blocks",
    summary="List the blocks of a member, oldest first",
    description=getdoc(ListBlocks),
    responses=refused_by(ListBlocks),
)
async def show_many(member_id: UUID, page: Page, *, caller: Caller, membership: Membership) -> Listing[BlockView]:
    found = await membership.list_blocks(member_id, limit=page.limit + 1, after=page.after_id(), by=caller.subject)
    return page.listing(found, lambda last: (last.block_id,))


@router.delete(
    "/blocks/{block_id}",
    status_code=204,
    operation_id="lift_block",
    summary="Lift a block",
    description="The action is allowed again at once, unless another block stops it; the history keeps both.",
    responses=refused_by(LiftBlock),
)
async def lift(member_id: UUID, block_id: UUID, caller: Caller, membership: Membership) -> None:
    await membership.lift_block(member_id, block_id, by=caller.subject, by_member=caller.person_id)
