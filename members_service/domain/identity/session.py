"""A session: one sign-in, kept alive by refresh tokens that change with every use."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from members_service.domain.identity.authentication import PASSWORD, Authentication
from members_service.domain.identity.client import BROWSER, OWN_PAGES
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.owner_check import FRESH_FOR
from shared.kernel.errors import NotAllowed, NotFound

ACCESS_TOKEN_LASTS = timedelta(minutes=15)
IDLE_FOR_AT_MOST = timedelta(days=14)
SESSION_LASTS = timedelta(days=60)
SIGN_IN_LASTS = timedelta(hours=12)
"""How long the session of a browser lasts at most, and how long somebody stays signed in on the library's own pages."""

MOST_SESSIONS = 100
"""Of one account at once; beyond that the one that was used least lately ends."""

GRACE = timedelta(seconds=10)
"""How long the refresh token just exchanged may come again: two windows at once, or an answer that got lost."""


class SessionOver(NotAllowed):
    """The refresh token is unknown, used before, too old or revoked: the owner has to sign in again."""

    code = "invalid_grant"
    detail = "The refresh token is not valid (any more). Sign in again."


class ScopeNotGranted(NotAllowed):
    code = "invalid_scope"
    detail = "None of these scopes can be granted."


class SessionNotFound(NotFound):
    """There is no such session that goes on, or it is somebody else's."""

    code = "session-not-found"
    detail = "There is no session with this id that goes on."


class NotSignedInHere(NotAllowed):
    """This browser has no session, or none that suffices now: the password is asked for."""

    code = "not-signed-in-here"
    detail = "You are not signed in in this browser any more. Sign in again."


class OthersSessions(NotAllowed):
    """Everybody sees the own sessions only; admins see everybody's."""

    code = "forbidden"
    detail = "These are somebody else's sessions. Leave account_id out to see your own."


class Session:
    """The attributes are for reading. `digest` recognises the one refresh token that is valid now.

    A session remembers the scopes that were requested at sign-in, or None for all that the roles give; what they give
    is looked up at each use, so that it can change under way. Its access tokens carry `sid`, which is no secret.
    `second_factor`: whether what its owner has proved holds one; `methods` is how, as kept. `session_there` is that at
    the provider by which the owner signed in, as a digest.

    The session of a BROWSER has its secret in a cookie, and no token is issued for it. A session that began from one
    has it as `parent`, and the moment of that sign-in in `signed_in_at`.
    """

    def __init__(
        self,
        *,
        id: UUID,
        sid: str,
        account_id: UUID,
        client_id: str,
        requested: frozenset[str] | None,
        digest: bytes,
        now: datetime,
        authentication: Authentication = PASSWORD,
        parent: "Session | None" = None,
        signed_in_at: datetime | None = None,
    ) -> None:
        self.id = id
        self.sid = sid
        self.account_id = account_id
        self.client_id = client_id
        self.requested = requested
        self.second_factor = authentication.second_factor
        self.methods: str | None = authentication.kept
        self.session_there = authentication.session_there
        self.digest = digest
        self.parent_digest: bytes | None = None
        self.salt: str | None = None
        self.refreshed_at = now
        self.started_at = now
        own = client_id == BROWSER or client_id in OWN_PAGES
        self.ends_at = now + (SIGN_IN_LASTS if own else SESSION_LASTS)
        if parent is not None and own:
            self.ends_at = min(self.ends_at, parent.ends_at)
        self.parent_id = None if parent is None else parent.id
        self.signed_in_at = signed_in_at
        self.idle_until = now + IDLE_FOR_AT_MOST
        self.ended_at: datetime | None = None
        self.version = 1

    @property
    def authentication(self) -> Authentication:
        """How its owner has proved who it is."""
        return Authentication.of_kept(self.methods, second_factor=self.second_factor, session_there=self.session_there)

    def is_on(self, now: datetime) -> bool:
        """Whether the session still goes on."""
        return self.ended_at is None and now < min(self.ends_at, self.idle_until)

    def is_fresh(self, now: datetime) -> bool:
        """Whether the owner typed the password only just now. Refreshing makes no session any fresher.

        An app of others that somebody signed in to on our page has a session of its own: the owner is there, but it is
        the app that asks. It can change nothing by which the owner signs in.
        """
        of_an_app = self.parent_id is not None and self.client_id not in OWN_PAGES
        return not of_an_app and now < (self.signed_in_at or self.started_at) + FRESH_FOR

    def is_of_browser(self, presented: RefreshToken, now: datetime) -> bool:
        """Whether this is the session of the browser that presents this token."""
        of_browser = self.client_id == BROWSER and self.is_on(now)
        return of_browser and hmac.compare_digest(presented.digest, self.digest)

    def use(self, now: datetime) -> None:
        """Note that somebody went on with it."""
        self.refreshed_at = now
        self.version += 1

    def prove_again(self, now: datetime, authentication: Authentication) -> None:
        """Note that its owner has just proved again who it is. A second factor that was proved before stays proved."""
        if authentication.second_factor or not self.second_factor:
            self.second_factor, self.methods = authentication.second_factor, authentication.kept
        self.session_there = authentication.session_there
        self.signed_in_at = now
        self.version += 1

    def was_used_before(self, presented: RefreshToken, *, client_id: str, now: datetime) -> bool:
        """Whether this refresh token of the session is neither the present one nor the one just exchanged for it."""
        here = self.is_on(now) and client_id == self.client_id
        is_present = hmac.compare_digest(presented.digest, self.digest)
        return here and not is_present and not self._was_just_used(presented, now)

    def _was_just_used(self, presented: RefreshToken, now: datetime) -> bool:
        is_parent = hmac.compare_digest(presented.digest, self.parent_digest or b"")
        return is_parent and now < self.refreshed_at + GRACE

    def refresh(self, presented: RefreshToken, *, client_id: str, salt: str, now: datetime) -> RefreshToken | None:
        """Exchange the refresh token for its successor, made with the random `salt`; None when that cannot be.

        `presented` was made by us: whoever reads it from a request has looked at its tag. The one exchanged last gets
        the same successor again for a few seconds. Any other one of this session was used before: two parties hold
        tokens of one family, and one of them stole it. Then the session ends for both.
        """
        if not self.is_on(now) or client_id != self.client_id:
            return None
        if self.was_used_before(presented, client_id=client_id, now=now):
            self.end(now)
            return None
        if self.salt is not None and self._was_just_used(presented, now):
            return presented.successor(self.salt)
        successor = presented.successor(salt)
        self.digest, self.parent_digest, self.salt = successor.digest, presented.digest, salt
        self.refreshed_at = now
        self.idle_until = now + IDLE_FOR_AT_MOST
        self.version += 1
        return successor

    def rename(self, sid: str) -> None:
        """Take another `sid`: the access tokens with the present one are void, and the session goes on."""
        self.sid = sid
        self.version += 1

    def end(self, now: datetime) -> None:
        """End the session; no token of it is valid any more. Unsubscription twice changes nothing."""
        if self.ended_at is None:
            self.ended_at = now
            self.version += 1


def granted(may: frozenset[str], *requests: frozenset[str] | None) -> frozenset[str]:
    """Return the part of what somebody may that was requested; a request of None is for everything.

    Raises ScopeNotGranted when nothing is left.
    """
    for scopes in requests:
        may = may if scopes is None else may & scopes
    if not may:
        raise ScopeNotGranted
    return may
