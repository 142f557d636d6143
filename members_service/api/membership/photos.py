"""Routes for the photograph of a member."""

from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from members_service.api.membership.dependencies import Membership
from members_service.application.membership.photos.photos import NewPhoto, PutPhoto, RemovePhoto, ShowPhoto
from members_service.domain.photo import MEDIA_TYPES, PhotoNotFound
from shared.web.auth import Caller, OnlyOf
from shared.web.documents.schemas import FILE
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import Problem, refused_by

router = APIRouter(prefix="/v1/members/{member_id}/photo", route_class=StrictRoute, tags=["members"])

_CONTENT: dict[str, Any] = {media_type: {"schema": FILE} for media_type in MEDIA_TYPES}
# Makers of clients stumble over a body of two types; what the bytes are, they say themselves.
_BYTES = "application/octet-stream"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"The picture itself, as bytes. A Content-Type of {' or '.join(MEDIA_TYPES)} must be right.",
        "content": {_BYTES: {"schema": FILE}},
    }
}
_PICTURE: dict[int | str, Any] = {
    200: {"description": "The picture.", "content": _CONTENT},
    204: {"description": "There is none, and `or_nothing` was asked for."},
}
# Of a person: no cache on the way keeps it, and no page of others shows it.
_PRIVATE = {
    "Cache-Control": "no-store",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'",
}


@router.put(
    "",
    status_code=204,
    operation_id="put_photo",
    summary="Keep a photograph of a member",
    description=getdoc(PutPhoto),
    responses=refused_by(PutPhoto),
    openapi_extra=_BODY,
)
async def put(member_id: UUID, *, request: Request, caller: Caller, membership: Membership) -> None:
    sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent_as not in (*MEDIA_TYPES, _BYTES):
        raise Problem(415, "unsupported-media-type", f"Send the picture as {', '.join(MEDIA_TYPES)}.")
    media_type = sent_as if sent_as != _BYTES else None
    await membership.put_photo(NewPhoto(member_id, media_type, await request.body(), caller.person_id))


@router.get(
    "",
    operation_id="get_photo",
    summary="Show the photograph of a member",
    description=getdoc(ShowPhoto),
    response_class=Response,
    responses={**_PICTURE, **refused_by(ShowPhoto)},
)
async def show(
    member_id: UUID,
    *,
    or_nothing: Annotated[
        bool,
        Query(description="Where there is no photograph, 204 instead of 404: a page that asks makes no error of it."),
    ] = False,
    caller: Caller,
    only_of: OnlyOf,
    membership: Membership,
) -> Response:
    try:
        photo = await membership.show_photo(member_id, only_of=only_of, by=caller.subject)
    except PhotoNotFound:
        if or_nothing:
            return Response(status_code=204, headers=_PRIVATE)
        raise
    return Response(photo.content, media_type=photo.media_type, headers=_PRIVATE)


@router.delete(
    "",
    status_code=204,
    operation_id="remove_photo",
    summary="Remove the photograph of a member",
    description=getdoc(RemovePhoto),
    responses=refused_by(RemovePhoto),
)
async def remove(member_id: UUID, *, caller: Caller, membership: Membership) -> None:
    await membership.remove_photo(member_id, by_member=caller.person_id)
