"""Begin a session, and issue its tokens: the common end of every way for people to sign in."""

from dataclasses import dataclass
from datetime import datetime

from members_service.application.identity.sessions.ports import AccessTokens, Bearer, RefreshTokens
from members_service.application.identity.sessions.session_views import TokenView
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.account import Account
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.roles import ALL_SCOPES, scopes_of
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS, Session, granted
from shared.kernel.ids import new_id

_SID = 22  # random characters: too many to meet twice


@dataclass(frozen=True, slots=True)
class Begun:
    """A session whose tokens are issued once it is committed."""

    session: Session
    account: Account
    refresh_token: RefreshToken

    def issue(
        self,
        tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        *,
        now: datetime,
        scopes: frozenset[str] | None = None,
    ) -> TokenView:
        """Return the tokens, with what the roles give and was requested. Raises ScopeNotGranted if that is nothing."""
        allowed = granted(scopes_of(self.account.roles), self.session.requested, scopes)
        roles = tuple(sorted(self.account.roles))
        bearer = Bearer(
            str(self.account.id),
            self.session.client_id,
            allowed,
            roles,
            self.account.member_id,
            self.session.sid,
            ("pwd", "otp") if self.session.second_factor else ("pwd",),
        )
        access_token = tokens.issue(bearer, now=now)
        lasts = int(ACCESS_TOKEN_LASTS.total_seconds())
        refresh_token = refresh_tokens.text_of(self.refresh_token)
        return TokenView(access_token, lasts, tuple(sorted(allowed)), refresh_token)


def begin_session(
    uow: IdentityWork,
    account: Account,
    *,
    client_id: str,
    requested: frozenset[str] | None,
    secret_generator: SecretGenerator,
    now: datetime,
    second_factor: bool,
) -> Begun:
    """Begin one in this transaction. Raises ScopeNotGranted when nothing that is requested can be had."""
    granted(scopes_of(account.roles), requested)
    refresh_token = RefreshToken(new_id(), secret_generator.secret())
    session = Session(
        id=refresh_token.session_id,
        sid=secret_generator.secret()[:_SID],
        account_id=account.id,
        client_id=client_id,
        requested=known_scopes(requested),
        digest=refresh_token.digest,
        now=now,
        second_factor=second_factor,
    )
    uow.sessions.add(session)
    return Begun(session, account, refresh_token)


def known_scopes(requested: frozenset[str] | None) -> frozenset[str] | None:
    """Return the part of a request that is worth keeping: words that mean something here."""
    return None if requested is None else requested.intersection(ALL_SCOPES)
