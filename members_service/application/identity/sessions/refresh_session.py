"""Keep a session alive."""

from dataclasses import dataclass

from members_service.application.identity.sessions.issue_tokens import IssueTokens
from members_service.application.identity.sessions.note_reuse import note_reuse
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.identity.session import SessionOver, granted
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A refresh token in the hands of a client. `scopes` may ask for less than at sign-in, None for as much.

    `address` is where the request comes from.
    """

    refresh_token: str
    client_id: str
    scopes: frozenset[str] | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Exchange a refresh token for a new access token and the next refresh token.

    - A refresh token works once; for ten seconds it brings the same successor again, in case the answer got lost.
    - One that comes back later, or after its successor was used, ends the session for whoever holds its successors. One
      that we have never made changes nothing, whatever session it names.
    - What the roles give, whether the account is disabled, and whether it has the second factor that this library asks
      of such roles, is looked up anew each time.
    """

    unit_of_work: IdentityWorkFactory
    issue_tokens: IssueTokens
    requirement: Requirement
    clock: Clock

    async def __call__(self, command: PresentedToken) -> IssuedTokens:
        now, issue = self.clock.now(), self.issue_tokens
        presented = issue.refresh_tokens.read(command.refresh_token)
        if presented is None:
            raise SessionOver
        async with self.unit_of_work() as uow:
            session = await uow.sessions.find(presented.session_id)
            if session is None:
                raise SessionOver
            account = await uow.accounts.look_at(session.account_id)  # a change of it ends its sessions afterwards
            if not account.may_go_on(self.requirement, proved=session.second_factor):
                session.end(now)
            client_id = command.client_id
            if session.was_used_before(presented, client_id=client_id, now=now):
                action = AuditAction.REFRESH_TOKEN_REUSED
                note_reuse(action, session, account, client_id=client_id, address=command.address, uow=uow, now=now)
            salt = issue.secret_generator.secret()
            successor = session.refresh(presented, client_id=client_id, salt=salt, now=now)
            if successor is None:
                await uow.commit()  # the session may have ended by this very attempt
                raise SessionOver
            granted(account.scopes(now), session.requested, command.scopes)
            await uow.commit()
        return issue(session, account, successor, now=now, scopes=command.scopes)
