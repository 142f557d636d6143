"""Routes by which staff stop a member: suspensions and blocks."""

from datetime import date
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from members_service.api.dependencies import UseCases
from members_service.api.membership.members import ActionName, Day, MemberResponse
from members_service.api.membership.membership_acts import Changing
from members_service.application.membership import block_member as blocking
from members_service.application.membership import lift_block as lifting
from members_service.application.membership import reinstate_member as reinstatement
from members_service.application.membership import suspend_member as suspension
from members_service.application.membership.block_member import BlockMember, block_member
from members_service.application.membership.lift_block import lift_block
from members_service.application.membership.reinstate_member import reinstate_member
from members_service.application.membership.suspend_member import SuspendMember, suspend_member
from members_service.application.membership.views import BlockView
from shared.kernel.receipts import Receipt
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page, listing
from shared.web.documents.described import located
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, paragraph
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/members/{member_id}", route_class=StrictRoute, tags=["members"])

LastDay = Annotated[Day | None, Field(description="The last day, itself included; an open end if absent.")]


class SuspensionRequest(Body):
    """Why, and until when."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Shouting.", "until": "2030-06-30"}]})

    reason: Annotated[str, paragraph(500), Field(description="Shown to the member.")]
    until: LastDay = None


class BlockRequest(Body):
    """What to stop, why, and until when."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "hold", "reason": "Did not fetch three holds."}]}
    )

    action: ActionName
    reason: Annotated[str, paragraph(500), Field(description="Shown to the member.")]
    until: LastDay = None


A_BLOCK: JsonDict = {
    "block_id": "01a20f31-52c4-7d0e-b6a5-1f8e0c7d9a24",
    "member_id": "01a20e28-0f3d-748b-97af-a3e33bce55d0",
    "action": "hold",
    "reason": "Did not fetch three holds.",
    "until": None,
    "placed_at": "2026-03-05T15:20:00Z",
}


class BlockResponse(ResponseModel):
    """A manual stop on one action."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_BLOCK]})

    block_id: UUID
    member_id: UUID
    action: ActionName
    reason: str
    until: date | None
    placed_at: Moment


@router.post(
    "/suspend",
    operation_id="suspend_member",
    summary="Suspend a member",
    description=getdoc(suspend_member),
    responses=refusals(*suspension.REFUSALS),
)
async def suspend(
    member_id: UUID, body: SuspensionRequest, *, caller: Caller, ports: UseCases, changing: Changing
) -> MemberResponse:
    command = SuspendMember(member_id, body.reason, body.until, caller.subject)
    return await changing(lambda uow: suspend_member(command, uow=uow, clock=ports.clock, zone=ports.zone))


@router.post(
    "/reinstate",
    operation_id="reinstate_member",
    summary="Lift a suspension, or let a leaving member stay",
    description=getdoc(reinstate_member),
    responses=refusals(*reinstatement.REFUSALS),
)
async def reinstate(member_id: UUID, caller: Caller, ports: UseCases, changing: Changing) -> MemberResponse:
    by, clock, zone = caller.subject, ports.clock, ports.zone
    return await changing(lambda uow: reinstate_member(member_id, by=by, uow=uow, clock=clock, zone=zone))


@router.post(
    "/blocks",
    status_code=201,
    operation_id="block_member",
    summary="Block an action of a member",
    description=getdoc(block_member),
    responses=located() | refusals(*blocking.REFUSALS),
)
async def place(
    member_id: UUID, body: BlockRequest, *, caller: Caller, ports: UseCases, once: Once, response: Response
) -> BlockResponse:
    async def act(receipt: Receipt | None) -> BlockView:
        return await block_member(
            BlockMember(member_id, body.action, body.reason, body.until, caller.subject),
            uow=ports.unit_of_work(receipt),
            clock=ports.clock,
            zone=ports.zone,
        )

    block = await once(BlockView, act)
    response.headers["Location"] = f"/v1/members/{member_id}/blocks/{block.block_id}"
    return BlockResponse.of(block)


@router.get(
    "/blocks",
    operation_id="list_blocks",
    summary="List the blocks of a member, oldest first",
    description="Blocks that ended by themselves are listed too, until somebody lifts them.",
    responses=refusals(*blocking.LOOKUP_REFUSALS),
)
async def show_many(
    member_id: UUID, page: Page, ports: UseCases, request: Request, response: Response
) -> Listing[BlockResponse]:
    place = page.after(tuple[UUID])
    found = await ports.members.blocks(member_id, limit=page.limit + 1, after=place[0] if place else None)
    shown = found[: page.limit]
    last = (shown[-1].block_id,) if len(found) > page.limit else None
    return listing(request, [BlockResponse.of(block) for block in shown], last, response)


@router.delete(
    "/blocks/{block_id}",
    status_code=204,
    operation_id="lift_block",
    summary="Lift a block",
    description="The action is allowed again at once, unless another block stops it; the history keeps both.",
    responses=refusals(*lifting.REFUSALS),
)
async def lift(member_id: UUID, block_id: UUID, caller: Caller, ports: UseCases) -> None:
    await lift_block(block_id, member_id=member_id, by=caller.subject, uow=ports.unit_of_work(None), clock=ports.clock)
