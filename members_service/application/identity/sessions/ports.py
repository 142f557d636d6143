"""What sessions and their tokens need from outside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS, Session


class Sessions(Protocol):
    """The sessions on record."""

    def add(self, session: Session) -> None: ...

    async def find(self, session_id: UUID) -> Session | None:
        """Return the session, locked until the transaction ends."""
        ...

    async def named(self, sid: str) -> Session | None:
        """Return the session whose access tokens carry `sid`, locked until the transaction ends."""
        ...

    async def family(self, session: Session) -> list[Session]:
        """Return everything that goes on of the sign-in which a browser keeps, and to which this session belongs.

        They are locked until the transaction ends; the session of the browser comes first. It is alone where it belongs
        to none.
        """
        ...

    async def look_at(self, session_id: UUID) -> Session | None:
        """Return the session as it is now, without keeping anybody from changing it."""
        ...

    async def look_for(self, sid: str) -> Session | None:
        """Return the session whose access tokens carry `sid`, likewise."""
        ...

    async def end_all(self, account_id: UUID, *, besides: str = "", now: datetime) -> None:
        """End every session of this account, and those that are about to begin by a code; none that `besides` names."""
        ...

    async def end_least_used(self, account_id: UUID, *, keep: int, now: datetime) -> None:
        """End those of this account that were used least lately, so that no more than `keep` go on."""
        ...

    async def rename_all(self, account_id: UUID, *, now: datetime) -> None:
        """Void the access tokens of every session of this account; the sessions go on."""
        ...


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
