"""Routes by which people see where they are signed in, and end what they do not know."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from members_service.api.dependencies import account_of, address_of
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.sessions.open_sessions import (
    EndSession,
    ListedSession,
    ListSessions,
    SessionsOf,
)
from members_service.application.identity.sessions.session_views import OpenSession
from members_service.domain.rights import ACCOUNTS
from shared.tokens import Principal
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/auth", route_class=StrictRoute, tags=["tokens"])

_Sid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,43}$")]


class OpenSessionResponse(ResponseModel):
    """A session that goes on. Its id is the `sid` of its access tokens, and opens nothing."""

    session_id: str
    client_id: Annotated[str, Field(description="The software that somebody signed in with.")]
    created_at: Moment
    last_used_at: Annotated[Moment, Field(description="When it was signed in to or refreshed last.")]
    current: Annotated[bool, Field(description="Whether it is the session of the token that asks.")]

    @classmethod
    def of_session(cls, session: OpenSession, *, own: str | None) -> "OpenSessionResponse":
        """Show a session to the holder of a token of the session `own`."""
        return cls(
            session_id=session.session_id,
            client_id=session.client_id,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            current=session.session_id == own,
        )


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="List the sessions that go on, newest first",
    description=getdoc(ListSessions),
    responses=refused_by(ListSessions),
)
async def show_many(
    page: Page,
    *,
    caller: Caller,
    identity: Identity,
    account_id: Annotated[UUID | None, Query(description="For admins: whose; the own ones without it.")] = None,
) -> Listing[OpenSessionResponse]:
    own, before = account_of(caller.subject), page.after(tuple[Moment, _Sid])
    found = await identity.sessions.list_sessions(SessionsOf(account_id, own, _only_of(caller), page.limit + 1, before))
    items = [OpenSessionResponse.of_session(session, own=caller.session) for session in found]
    return page.listing(items, lambda last: (last.created_at, last.session_id))


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    operation_id="end_session",
    summary="End a session",
    description=getdoc(EndSession),
    responses=refused_by(EndSession),
)
async def end(
    session_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,43}$", description="As it is listed.")],
    caller: Caller,
    identity: Identity,
    request: Request,
) -> None:
    await identity.sessions.end_session(
        ListedSession(session_id, _only_of(caller), caller.subject, address_of(request))
    )


def _only_of(caller: Principal) -> UUID | None:
    """Return the account whose sessions the caller may see and end; None: every account."""
    return None if caller.reach(ACCOUNTS) is None else account_of(caller.subject)
