"""Give software the session for which somebody signed in on our page."""

from dataclasses import dataclass

from members_service.application.identity.sessions.issue_tokens import IssueTokens
from members_service.application.identity.sessions.note_reuse import note_reuse
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import Account
from members_service.domain.identity.authorization_code import AuthorizationCode, CodeNotValid
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.one_time_token import digest
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class PresentedCode:
    """A code in the hands of a client; `verifier` proves that it is the client that began."""

    code: str
    client_id: str
    redirect_uri: str
    verifier: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeCode:
    """Begin the session.

    - A code works once. One that comes back was stolen, before or after: the session that it gave ends.
    - An account that was disabled, or got another password, since the sign-in gets nothing; nor does one that got
      roles for which this library asks for a second factor, and has none.
    """

    unit_of_work: IdentityWorkFactory
    issue_tokens: IssueTokens
    requirement: Requirement
    clock: Clock

    async def __call__(self, command: PresentedCode) -> IssuedTokens:
        now, code_digest = self.clock.now(), digest(command.code)
        async with self.unit_of_work() as uow:
            owner = await uow.codes.owner(code_digest)
            if owner is None:
                raise CodeNotValid
            account = await uow.accounts.get(owner)  # whose lock keeps the code from being used twice at once
            code = await uow.codes.find(code_digest)
            if code is None:
                raise CodeNotValid
            if code.session_id is not None:
                await self._end_stolen(code, account, command, uow)
                raise CodeNotValid
            if not account.may_go_on(self.requirement, proved=code.second_factor):
                raise CodeNotValid
            parent = None if code.parent_id is None else await uow.sessions.find(code.parent_id)
            if code.parent_id is not None and (parent is None or not parent.is_on(now)):
                raise CodeNotValid  # signed out meanwhile
            session, refresh_token = await self.issue_tokens.begin(
                uow,
                account,
                client_id=code.client_id,
                requested=code.requested,
                authentication=code.authentication,
                now=now,
                parent=parent,
                signed_in_at=code.signed_in_at,
            )
            code.exchange(
                session.id,
                client_id=command.client_id,
                redirect_uri=command.redirect_uri,
                verifier=command.verifier,
                now=now,
            )
            await uow.commit()
        return self.issue_tokens(session, account, refresh_token, now=now)

    async def _end_stolen(
        self, code: AuthorizationCode, account: Account, command: PresentedCode, uow: IdentityWork
    ) -> None:
        now = self.clock.now()
        session = None if code.session_id is None else await uow.sessions.find(code.session_id)
        if session is not None:
            session.end(now)
            client_id, address = command.client_id, command.address
            action = AuditAction.CODE_REUSED
            note_reuse(action, session, account, client_id=client_id, address=address, uow=uow, now=now)
            await uow.commit()
