"""Sign somebody in on our own page, for software that sent the person there."""

from dataclasses import dataclass

from members_service.application.account_views import AccountViews
from members_service.application.begin_session import known_scopes
from members_service.application.ports import Chance, Passwords, Turnstile, UnitOfWork
from members_service.application.prove_identity import Claim, prove_identity
from members_service.domain.authorization_code import AuthorizationCode, Challenge
from members_service.domain.one_time_token import digest
from members_service.domain.roles import scopes_of
from members_service.domain.session import granted
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Authorize:
    """Who signs in, and what for: the request of the software has passed `check_authorization`."""

    claim: Claim
    redirect_uri: str
    challenge: str
    scopes: frozenset[str] | None = None


async def authorize(
    wish: Authorize,
    *,
    uow: UnitOfWork,
    accounts: AccountViews,
    turnstile: Turnstile,
    passwords: Passwords,
    chance: Chance,
    clock: Clock,
) -> str:
    """Return a code that this software can exchange for the session, once and within a minute.

    The same tries are allowed, and the same is told to whom, as when software hands the password in itself. Raises
    ScopeNotGranted when the account may do nothing of what the software wishes for.
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
    text = chance.secret()
    async with uow:
        account = await proof.accept(uow, now=now)
        granted(scopes_of(account.roles), wish.scopes)
        uow.codes.add(
            AuthorizationCode(
                digest=digest(text),
                account_id=account.id,
                client_id=wish.claim.client_id,
                redirect_uri=wish.redirect_uri,
                challenge=Challenge(wish.challenge),
                wished=known_scopes(wish.scopes),
                now=now,
            )
        )
        await uow.commit()
    return text
