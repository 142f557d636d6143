"""A session: one sign-in, kept alive by refresh tokens that change with every use."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from shared.kernel.errors import NotAllowed

ACCESS_TOKEN_LASTS = timedelta(minutes=15)
IDLE_FOR_AT_MOST = timedelta(days=14)
SESSION_LASTS = timedelta(days=60)


class SessionOver(NotAllowed):
    """The refresh token is unknown, used before, too old or revoked: the owner has to sign in again."""

    code = "invalid_grant"

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid (any more). Sign in again.")


class ScopeNotGranted(NotAllowed):
    """None of the wished scopes is one that the caller may have."""

    code = "invalid_scope"

    def __init__(self) -> None:
        super().__init__("None of these scopes can be granted.")


class Session:
    """The attributes are for reading. `digest` recognises the one refresh token that is valid now.

    A session remembers the scopes that were wished for at sign-in, or None for all that the roles give; what the roles
    give is looked up at each use, so that it can change under way.
    """

    def __init__(
        self, *, id: UUID, account_id: UUID, client_id: str, wished: frozenset[str] | None, digest: bytes, now: datetime
    ) -> None:
        self.id = id
        self.account_id = account_id
        self.client_id = client_id
        self.wished = wished
        self.digest = digest
        self.started_at = now
        self.ends_at = now + SESSION_LASTS
        self.idle_until = now + IDLE_FOR_AT_MOST
        self.ended_at: datetime | None = None
        self.version = 1

    @classmethod
    def begin(
        cls, *, id: UUID, account_id: UUID, client_id: str, wished: frozenset[str] | None, digest: bytes, now: datetime
    ) -> Self:
        """Begin with the first refresh token."""
        return cls(id=id, account_id=account_id, client_id=client_id, wished=wished, digest=digest, now=now)

    def is_on(self, now: datetime) -> bool:
        """Whether the session still goes on."""
        return self.ended_at is None and now < min(self.ends_at, self.idle_until)

    def was_used_before(self, presented: bytes, *, client_id: str, now: datetime) -> bool:
        """Whether this refresh token is one of this session's, but not the present one."""
        return self.is_on(now) and client_id == self.client_id and presented != self.digest

    def refresh(self, presented: bytes, *, client_id: str, successor: bytes, now: datetime) -> bool:
        """Exchange the refresh token for its successor; False when that cannot be.

        A token of this session that is not the present one was used before: two parties hold tokens of one family, and
        one of them stole it. Then the session ends for both.
        """
        if not self.is_on(now) or client_id != self.client_id:
            return False
        if self.was_used_before(presented, client_id=client_id, now=now):
            self.end(now)
            return False
        self.digest = successor
        self.idle_until = now + IDLE_FOR_AT_MOST
        self.version += 1
        return True

    def end(self, now: datetime) -> None:
        """End the session; no refresh token of it is valid any more. Ending twice changes nothing."""
        if self.ended_at is None:
            self.ended_at = now
            self.version += 1


def granted(may: frozenset[str], *wishes: frozenset[str] | None) -> frozenset[str]:
    """Return the part of what somebody may that was wished for; a wish of None is for everything.

    Raises ScopeNotGranted when nothing is left.
    """
    for wish in wishes:
        may = may if wish is None else may & wish
    if not may:
        raise ScopeNotGranted
    return may
