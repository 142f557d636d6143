"""Sign somebody in with e-mail address and password."""

from dataclasses import dataclass

from members_service.application.identity.accounts.account_views import AccountViews
from members_service.application.identity.accounts.ports import Passwords
from members_service.application.identity.second_factor.check_code import expect_second_factor
from members_service.application.identity.second_factor.ports import SecondFactorPorts
from members_service.application.identity.sessions.begin_session import begin_session
from members_service.application.identity.sessions.ports import AccessTokens, RefreshTokens
from members_service.application.identity.sessions.session_views import TokenView
from members_service.application.identity.sign_in.ports import SignInThrottle
from members_service.application.identity.sign_in.verify_credentials import Credentials, verify_credentials
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.identity.roles import scopes_of
from members_service.domain.identity.session import granted
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody claims to be. `scopes` of None asks for everything."""

    credentials: Credentials
    scopes: frozenset[str] | None = None


async def sign_in(
    command: SignIn,
    *,
    uow: IdentityWork,
    accounts: AccountViews,
    throttle: SignInThrottle,
    passwords: Passwords,
    tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    secret_generator: SecretGenerator,
    clock: Clock,
    second_factor: SecondFactorPorts,
) -> TokenView:
    """Sign in and begin a session. `verify_credentials` says what is told to whom.

    Whoever has a second factor hands a code in, too; that one is missing or wrong is told only after a right password.
    """
    now = clock.now()
    verified = await verify_credentials(
        command.credentials,
        uow=uow,
        accounts=accounts,
        throttle=throttle,
        passwords=passwords,
        clock=clock,
    )
    async with uow:
        account = await verified.take(uow)
        granted(scopes_of(account.roles), command.scopes)  # first, so that no code is used up for nothing
        asked = await expect_second_factor(verified, account, uow=uow, ports=second_factor, now=now)
        await verified.welcome(uow, now=now)
        begun = begin_session(
            uow,
            account,
            client_id=command.credentials.client_id,
            requested=command.scopes,
            secret_generator=secret_generator,
            now=now,
            second_factor=asked,
        )
        await uow.commit()
    return begun.issue(tokens, refresh_tokens, now=now)
