"""What sessions and their tokens need from outside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS
from shared.kernel.rights import Group


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
    rights: tuple[Group, ...] | None = None
    """The rights that the scopes stand for, as far as they are held; None: in all branches."""


class AccessTokens(Protocol):
    """Signs access tokens."""

    def issue(self, bearer: Bearer, *, now: datetime, lasts: timedelta = ACCESS_TOKEN_LASTS) -> str:
        """Return a signed token that is valid from `now` for so long."""
        ...

    async def sid_of(self, token: str) -> str | None:
        """Return the `sid` of a valid access token; None for any other text."""
        ...


class RefreshTokens(Protocol):
    """Issues and parses refresh tokens; none is stored."""

    def text_of(self, token: RefreshToken) -> str:
        """Return the token as a client gets it."""
        ...

    def read(self, text: str) -> RefreshToken | None:
        """Parse a token as a client sends it; None if this service did not issue it."""
        ...
