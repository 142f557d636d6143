"""Begin a session, and issue its tokens: the common end of every way for people to sign in."""

from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.sessions.ports import AccessTokens, Bearer, RefreshTokens
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.account import Account
from members_service.domain.identity.authentication import Authentication
from members_service.domain.identity.client import scopes_through
from members_service.domain.identity.grants import rights_in_token
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.roles import existing_scopes
from members_service.domain.identity.session import MOST_SESSIONS, Session, granted
from shared.kernel.ids import new_id

_SID = 22  # random characters: too many to meet twice


@dataclass(frozen=True, slots=True)
class IssueTokens:
    """Begins sessions inside of a transaction, and issues their tokens once it is committed."""

    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    secret_generator: SecretGenerator

    async def begin(
        self,
        uow: IdentityWork,
        account: Account,
        *,
        client_id: str,
        requested: frozenset[str] | None,
        authentication: Authentication,
        now: datetime,
        parent: Session | None = None,
        signed_in_at: datetime | None = None,
    ) -> tuple[Session, RefreshToken]:
        """Begin a session; `parent` is that of the browser. Raises ScopeNotGranted if no scope can be granted."""
        granted(account.scopes(now), requested)
        return await begin_session(
            uow,
            account,
            secret_generator=self.secret_generator,
            client_id=client_id,
            requested=requested,
            authentication=authentication,
            now=now,
            parent=parent,
            signed_in_at=signed_in_at,
        )

    def __call__(
        self,
        session: Session,
        account: Account,
        refresh_token: RefreshToken,
        *,
        now: datetime,
        scopes: frozenset[str] | None = None,
    ) -> IssuedTokens:
        """Return the tokens, with the scopes that were requested and the roles give.

        Raises ScopeNotGranted if no scope can be granted.
        """
        given = granted(scopes_through(session.client_id, account.scopes(now)), session.requested, scopes)
        bearer = Bearer(
            str(account.id),
            session.client_id,
            given,
            tuple(sorted(account.roles)),
            account.member_id,
            session.sid,
            session.authentication.methods,
            rights_in_token(account.grants, given, now),
        )
        access_token = self.access_tokens.issue(bearer, now=now)
        return IssuedTokens.of(bearer, access_token, self.refresh_tokens.text_of(refresh_token))


async def begin_session(
    uow: IdentityWork,
    account: Account,
    *,
    secret_generator: SecretGenerator,
    client_id: str,
    requested: frozenset[str] | None,
    authentication: Authentication,
    now: datetime,
    parent: Session | None = None,
    signed_in_at: datetime | None = None,
) -> tuple[Session, RefreshToken]:
    """Begin a session of the account, and end the one that was used least lately if there are too many."""
    token = RefreshToken(new_id(), secret_generator.secret())
    session = Session(
        id=token.session_id,
        sid=secret_generator.secret()[:_SID],
        account_id=account.id,
        client_id=client_id,
        requested=existing_scopes(requested),
        digest=token.digest,
        now=now,
        authentication=authentication,
        parent=parent,
        signed_in_at=signed_in_at,
    )
    await uow.sessions.end_least_used(account.id, keep=MOST_SESSIONS - 1, now=now)
    uow.sessions.add(session)
    return session, token
