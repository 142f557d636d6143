"""Give software the session for which somebody signed in on our page."""

from dataclasses import dataclass

from members_service.application.identity.sessions.begin_session import begin_session
from members_service.application.identity.sessions.note_reuse import note_reuse
from members_service.application.identity.sessions.ports import AccessTokens, RefreshTokens
from members_service.application.identity.sessions.session_views import TokenView
from members_service.application.identity.work import IdentityWork
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.audit import AuditAction
from members_service.domain.identity.authorization_code import CodeNotValid
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.second_factor import Requirement
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ExchangeCode:
    """A code in the hands of a client; `verifier` proves that it is the client that began."""

    code: str
    client_id: str
    redirect_uri: str
    verifier: str
    address: str | None = None


async def exchange_code(
    command: ExchangeCode,
    *,
    uow: IdentityWork,
    tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    secret_generator: SecretGenerator,
    clock: Clock,
    requirement: Requirement,
) -> TokenView:
    """Begin the session.

    - A code works once. One that comes back was stolen, before or after: the session that it gave ends.
    - An account that was disabled, or got another password, since the sign-in gets nothing; nor does one that got
      roles for which this library asks for a second factor, and has none.
    """
    now = clock.now()
    kept = digest(command.code)
    async with uow:
        owner = await uow.codes.owner(kept)
        if owner is None:
            raise CodeNotValid
        account = await uow.accounts.get(owner)  # whose lock keeps the code from being used twice at once
        code = await uow.codes.find(kept)
        if code is None:
            raise CodeNotValid
        if code.session_id is not None:
            session = await uow.sessions.find(code.session_id)
            if session is not None:
                session.end(now)
                action = AuditAction.CODE_REUSED
                note_reuse(
                    action, session, account, client_id=command.client_id, address=command.address, uow=uow, now=now
                )
                await uow.commit()
            raise CodeNotValid
        if account.disabled or (requirement.asks(account.roles) and not account.second_factor):
            raise CodeNotValid
        begun = begin_session(
            uow,
            account,
            client_id=code.client_id,
            requested=code.requested,
            secret_generator=secret_generator,
            now=now,
            second_factor=code.second_factor,
        )
        code.exchange(
            begun.session.id,
            client_id=command.client_id,
            redirect_uri=command.redirect_uri,
            verifier=command.verifier,
            now=now,
        )
        await uow.commit()
    return begun.issue(tokens, refresh_tokens, now=now)
