"""Routes for messages that pop up at the desk."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from members_service.api.membership.dependencies import DeskMessages
from members_service.api.membership.member_requests import BranchCode, Day
from members_service.application.membership.desk_messages.desk_messages import (
    FinishDeskMessage,
    ListDeskMessages,
    MessageSeen,
    ReadDeskMessage,
    WriteDeskMessage,
    WriteMessage,
)
from members_service.application.membership.desk_messages.views import DeskMessageView
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members/{member_id}/desk-messages", route_class=StrictRoute, tags=["members"])


class DeskMessageRequest(StrictJsonBody):
    """What to say at the desk, where, and until when."""

    text: Annotated[str, paragraph(1_000), Field(description="Read by staff only.")]
    branch: BranchCode | None = Field(None, description="Where it is shown; at every branch if absent.")
    until: Annotated[Day | None, Field(description="The last day, itself included; until it is done if absent.")] = None


@router.post(
    "",
    status_code=201,
    operation_id="write_desk_message",
    summary="Leave a message for the desk about a member",
    description=getdoc(WriteDeskMessage),
    responses=located() | refused_by(WriteDeskMessage),
)
async def write(
    member_id: UUID,
    body: DeskMessageRequest,
    *,
    caller: Caller,
    desk_messages: DeskMessages,
    once: Once,
    response: Response,
) -> DeskMessageView:
    command = WriteMessage(member_id, body.text, body.branch, body.until, caller.subject)
    written = await once(DeskMessageView, desk_messages.write, command)
    response.headers["Location"] = f"/v1/members/{written.member_id}/desk-messages/{written.message_id}"
    return written


@router.get(
    "",
    operation_id="list_desk_messages",
    summary="List the desk messages about a member, oldest first",
    description=getdoc(ListDeskMessages),
    responses=refused_by(ListDeskMessages),
)
async def show_many(
    member_id: UUID,
    page: Page,
    *,
    done: Annotated[bool | None, Query(description="Only those that are done, or are not.")] = None,
    caller: Caller,
    desk_messages: DeskMessages,
) -> Listing[DeskMessageView]:
    found = await desk_messages.list(
        member_id, done=done, limit=page.limit + 1, after=page.after_id(), by=caller.subject
    )
    return page.listing(found, lambda last: (last.message_id,))


@router.post(
    "/{message_id}/read",
    operation_id="read_desk_message",
    summary="Say that a desk message was read",
    description=getdoc(ReadDeskMessage),
    responses=refused_by(ReadDeskMessage),
)
async def read(
    member_id: UUID, message_id: UUID, *, caller: Caller, desk_messages: DeskMessages, once: Once
) -> DeskMessageView:
    return await once(DeskMessageView, desk_messages.read, MessageSeen(member_id, message_id, caller.subject))


@router.post(
    "/{message_id}/done",
    operation_id="finish_desk_message",
    summary="Say that a desk message is done",
    description=getdoc(FinishDeskMessage),
    responses=refused_by(FinishDeskMessage),
)
async def finish(
    member_id: UUID, message_id: UUID, *, caller: Caller, desk_messages: DeskMessages, once: Once
) -> DeskMessageView:
    command = MessageSeen(member_id, message_id, caller.subject, caller.person_id)
    return await once(DeskMessageView, desk_messages.finish, command)
