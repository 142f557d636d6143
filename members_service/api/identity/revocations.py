"""The route by which the other services learn whose access tokens are void."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field

from members_service.api.dependencies import UseCases
from shared.web.cursors import AnyCursor, CursorsHere, Listing, PageWanted, listing
from shared.web.json.strict_json import Moment, PlainDigits, ResponseModel, StrictRoute

_Sid = Annotated[str, Field(max_length=100, pattern=r"^[\x21-\x7e]+$")]

router = APIRouter(prefix="/v1/auth", route_class=StrictRoute, tags=["tokens"])


class RevocationResponse(ResponseModel):
    """Access tokens with this `sid` are void. Drawn at random, it says nothing of anybody."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sid": "LWKDmNoqFGXF1cyJvtf7JI", "revoked_at": "2026-03-02T10:00:00Z"}]}
    )

    sid: str
    revoked_at: Moment


@router.get("/revocations", operation_id="list_revocations", summary="List the sessions whose access tokens are void")
async def list_them(
    request: Request,
    response: Response,
    *,
    ports: UseCases,
    cursors: CursorsHere,
    since: Annotated[Moment | None, Query(description="Only what was revoked at this moment or later.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most items wanted."), PlainDigits] = 100,
    cursor: Annotated[str | None, AnyCursor] = None,
) -> Listing[RevocationResponse]:
    """List what was revoked lately, oldest first: for services that check tokens themselves.

    - A session is here because somebody signed out, changed a password, or has other roles or a disabled account now.
    - It stays here for longer than its access tokens would have lasted.
    """
    after = PageWanted(limit, cursor, cursors).after(tuple[Moment, _Sid])
    found = await ports.revocations.since(since, limit=limit + 1, after=after)
    page = found[:limit]
    last = (page[-1].revoked_at, page[-1].sid) if len(found) > limit else None
    return listing(request, [RevocationResponse.of(one) for one in page], last, response)
