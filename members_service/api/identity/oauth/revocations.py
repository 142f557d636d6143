"""The route by which the other services learn whose access tokens are void."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from members_service.api.identity.dependencies import Identity
from members_service.application.identity.sessions.session_views import RevocationView
from shared.web.cursors import AnyCursor, CursorsHere, Listing, ListPage
from shared.web.json.strict_json import Moment, PlainDigits, StrictRoute

_Sid = Annotated[str, Field(max_length=100, pattern=r"^[\x21-\x7e]+$")]

router = APIRouter(prefix="/v1/auth", route_class=StrictRoute, tags=["tokens"])


_A_REVOCATION = {"sid": "LWKDmNoqFGXF1cyJvtf7JI", "revoked_at": "2026-03-02T10:00:00Z"}


@router.get(
    "/revocations",
    operation_id="list_revocations",
    summary="List the sessions whose access tokens are void",
)
async def list_them(
    request: Request,
    response: Response,
    *,
    identity: Identity,
    cursors: CursorsHere,
    since: Annotated[Moment | None, Query(description="Only what was revoked at this moment or later.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most items wanted."), PlainDigits] = 100,
    cursor: Annotated[str | None, AnyCursor] = None,
) -> Listing[RevocationView]:
    """List what was revoked lately, oldest first: for services that check tokens themselves.

    - A session is here because somebody signed out, changed a password, or has other roles or a disabled account now.
    - It stays here for longer than its access tokens would have lasted.
    """
    page = ListPage(limit, cursor, cursors, request, response)
    after = page.after(tuple[Moment, _Sid])
    found = await identity.sessions.revocations.since(since, limit=limit + 1, after=after)
    return page.listing(found, lambda last: (last.revoked_at, last.sid))
