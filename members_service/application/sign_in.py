"""Sign somebody in with e-mail address and password."""

from dataclasses import dataclass

from members_service.application.account_views import AccountViews, TokenView
from members_service.application.begin_session import begin_session
from members_service.application.ports import (
    AccessTokens,
    Chance,
    Passwords,
    RefreshTokens,
    Turnstile,
    UnitOfWork,
)
from members_service.application.prove_identity import Claim, prove_identity
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
) -> TokenView:
    """Sign in and begin a session. `prove_identity` says what is told to whom."""
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
        account = await proof.accept(uow, now=now)
        begun = begin_session(uow, account, client_id=wish.claim.client_id, wished=wish.scopes, chance=chance, now=now)
        await uow.commit()
    return begun.issue(tokens, refresh_tokens, now=now)
