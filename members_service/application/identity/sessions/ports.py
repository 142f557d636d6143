"""What sessions and their tokens need from outside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom an access token speaks for, and what it allows."""

    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: tuple[str, ...] = ()
    member_id: UUID | None = None
    sid: str | None = None
    methods: tuple[str, ...] = ()
    """How the person signed in, in the words of RFC 8176."""


class AccessTokens(Protocol):
    """Signs access tokens."""

    def issue(self, bearer: Bearer, *, now: datetime, lasts: timedelta = ACCESS_TOKEN_LASTS) -> str:
        """Return a signed token that is valid from `now` for so long."""
        ...

    async def sid_of(self, token: str) -> str | None:
        """Return the name of the session that an access token belongs to; None for whatever else it is."""
        ...


class RefreshTokens(Protocol):
    """Knows which refresh tokens we have made, without keeping them."""

    def text_of(self, token: RefreshToken) -> str:
        """Return the token as a client gets it."""
        ...

    def read(self, text: str) -> RefreshToken | None:
        """Read a token as a client sends it; None when it is none of those that we have made."""
        ...
