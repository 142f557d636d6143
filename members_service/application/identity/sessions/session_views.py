"""Views of sessions and their tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from members_service.application.identity.sessions.ports import Bearer
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """An access token to be sent as `Authorization: Bearer`; a person gets a refresh token beside it.

    `expires_in` is in seconds; `scope` are words with blanks between.
    """

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | None = None

    @classmethod
    def of(cls, bearer: Bearer, access_token: str, refresh_token: str | None = None) -> Self:
        """Return what a client gets for its credentials."""
        lasts = int(ACCESS_TOKEN_LASTS.total_seconds())
        return cls(access_token, lasts, " ".join(sorted(bearer.scopes)), refresh_token)


@dataclass(frozen=True, slots=True)
class RevocationView:
    """Access tokens with this `sid` are void. Drawn at random, it says nothing of anybody."""

    sid: str
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that goes on. Its id is what access tokens carry as `sid`; nothing can be done with it alone."""

    session_id: str
    client_id: str
    created_at: datetime
    last_used_at: datetime


@dataclass(frozen=True, slots=True)
class SignedInHere:
    """Who is signed in in a browser, and the `sid` of that session."""

    account_id: UUID
    session: str
    email: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """One sign-in with one client, and when it ended or would end by itself."""

    session_id: str
    client_id: str
    started_at: datetime
    refreshed_at: datetime
    ends_at: datetime
    ended_at: datetime | None
