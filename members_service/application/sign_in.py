"""Sign somebody in with e-mail address and password."""

from dataclasses import dataclass

from members_service.application.account_views import AccountViews, TokenView
from members_service.application.begin_session import begin_session
from members_service.application.check_code import expect_second_factor
from members_service.application.ports import (
    AccessTokens,
    Chance,
    Passwords,
    RefreshTokens,
    Turnstile,
    UnitOfWork,
)
from members_service.application.prove_identity import Claim, prove_identity
from members_service.application.second_factor_ports import SecondFactorPorts
from members_service.domain.roles import scopes_of
from members_service.domain.session import granted
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody claims to be. `scopes` of None wishes for everything."""

    claim: Claim
    scopes: frozenset[str] | None = None


async def sign_in(
    wish: SignIn,
    *,
    uow: UnitOfWork,
    accounts: AccountViews,
    turnstile: Turnstile,
    passwords: Passwords,
    tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    chance: Chance,
    clock: Clock,
    second_factor: SecondFactorPorts,
) -> TokenView:
    """Sign in and begin a session. `prove_identity` says what is told to whom.

    Whoever has a second factor hands a code in, too; that one is missing or wrong is told only after a right password.
    """
    now = clock.now()
    proof = await prove_identity(
        wish.claim,
        uow=uow,
        accounts=accounts,
        turnstile=turnstile,
        passwords=passwords,
        clock=clock,
    )
    async with uow:
        account = await proof.take(uow)
        granted(scopes_of(account.roles), wish.scopes)  # first, so that no code is used up for nothing
        asked = await expect_second_factor(proof, account, uow=uow, ports=second_factor, now=now)
        await proof.welcome(uow, now=now)
        begun = begin_session(
            uow,
            account,
            client_id=wish.claim.client_id,
            wished=wish.scopes,
            chance=chance,
            now=now,
            second_factor=asked,
        )
        await uow.commit()
    return begun.issue(tokens, refresh_tokens, now=now)
