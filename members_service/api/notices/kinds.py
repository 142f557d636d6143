"""The route that lists what people are told."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from members_service.application.notices.rendering.context import schema_of
from members_service.domain.notices.kinds import NoticeClass, NoticeGroup, NoticeKind
from shared.web.json.strict_json import ResponseModel, StrictRoute

router = APIRouter(prefix="/v1/notice-kinds", route_class=StrictRoute, tags=["notices"])


class NoticeKindResponse(ResponseModel):
    """A kind of notices. Those of one group that wait at the same time go into one message.

    `variables` is the JSON Schema of what its templates may name; `required` are those that are always filled.
    """

    kind: NoticeKind
    notice_class: Annotated[NoticeClass, Field(serialization_alias="class")]
    group: NoticeGroup
    variables: dict[str, Any]


class NoticeKindsResponse(ResponseModel):
    """All kinds."""

    items: list[NoticeKindResponse]


def described(kind: NoticeKind) -> NoticeKindResponse:
    """Return a kind as it is listed."""
    return NoticeKindResponse(kind=kind, notice_class=kind.notice_class, group=kind.group, variables=schema_of(kind))


@router.get("", operation_id="list_notice_kinds", summary="List the kinds of notices, and what each may say")
async def show() -> NoticeKindsResponse:
    """Courtesy can be declined; what is mandatory finds a way, and security goes out at once.

    All kinds have the same variables, so that a template can be moved from one to another; some are empty in some.
    """
    return NoticeKindsResponse(items=[described(kind) for kind in NoticeKind])
