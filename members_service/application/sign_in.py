"""Sign somebody in with e-mail address and password."""

from dataclasses import dataclass
from datetime import datetime

from members_service.application.ports import AccessTokens, Bearer, Chance, Passwords, Turnstile, UnitOfWork
from members_service.application.views import AccountViews, SignInFacts, TokenView
from members_service.domain.account import WrongCredentials
from members_service.domain.attempts import Visitor
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.email import email_key
from members_service.domain.password import LONGEST_PASSWORD
from members_service.domain.refresh_token import RefreshToken
from members_service.domain.roles import ALL_SCOPES, Role, scopes_of
from members_service.domain.session import ACCESS_TOKEN_LASTS, Session, granted
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody claims to be. `scopes` of None wishes for everything; `address` is where the request comes from."""

    username: str
    password: str
    client_id: str
    scopes: frozenset[str] | None = None
    address: str | None = None


async def sign_in(
    wish: SignIn,
    *,
    uow: UnitOfWork,
    accounts: AccountViews,
    turnstile: Turnstile,
    passwords: Passwords,
    tokens: AccessTokens,
    chance: Chance,
    clock: Clock,
) -> TokenView:
    """Sign in and begin a session.

    - Tries are limited for each account and each network, whether the account exists or not.
    - An unknown address, a wrong password, and an account that is disabled or was never activated are answered alike.
    - Success and failure leave a record in the audit trail; a try that was not let in at all leaves none.
    """
    now = clock.now()
    visitor = Visitor.at(wish.address, name=email_key(wish.username))
    await turnstile.admit(visitor, now=now)
    found = await accounts.signing_in(visitor.name)
    password = wish.password[: LONGEST_PASSWORD + 1]
    verdict = await passwords.verify(password, found.password_hash if found else None)
    if found is None or not verdict.is_right or found.disabled:
        async with uow:
            uow.audit.add(_record(Deed.SIGN_IN_FAILED, wish, found, now=now))
            await uow.commit()
        raise WrongCredentials
    scopes = granted(scopes_of(Role(role) for role in found.roles), wish.scopes)
    refresh_token = RefreshToken(new_id(), chance.secret())
    session = Session.begin(
        id=refresh_token.session_id,
        account_id=found.account_id,
        client_id=wish.client_id,
        wished=None if wish.scopes is None else wish.scopes.intersection(ALL_SCOPES),
        digest=refresh_token.digest,
        now=now,
    )
    async with uow:
        if verdict.better_hash is not None:
            (await uow.accounts.get(found.account_id)).keep_better_hash(verdict.better_hash)
        uow.sessions.add(session)
        await uow.attempts.forgive(visitor, now=now)
        uow.audit.add(_record(Deed.SIGNED_IN, wish, found, now=now))
        await uow.commit()
    bearer = Bearer(str(found.account_id), wish.client_id, scopes, found.roles, found.member_id)
    access_token = tokens.issue(bearer, now=now)
    return TokenView(access_token, int(ACCESS_TOKEN_LASTS.total_seconds()), tuple(sorted(scopes)), refresh_token.text)


def _record(deed: Deed, wish: SignIn, found: SignInFacts | None, *, now: datetime) -> AuditRecord:
    return AuditRecord(
        deed,
        now,
        by=str(found.account_id) if found and deed is Deed.SIGNED_IN else None,
        account_id=found.account_id if found else None,
        member_id=found.member_id if found else None,
        client_id=wish.client_id,
        address=wish.address,
    )
