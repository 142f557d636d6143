"""Sign in without a password, in a browser that has a session."""

from dataclasses import dataclass

from members_service.application.identity.sign_in.authorize import GiveCode, PageSignIn, SignedIn
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.identity.session import NotSignedInHere
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ContinueSignIn:
    """Give a client a code for the account that is signed in in this browser.

    Raises NotSignedInHere when the browser's session is over, or when the account needs a second factor by now that the
    session did not ask for; ScopeNotGranted when the account has none of the scopes that the client requests. A session
    that begins like this does not count as a fresh sign-in: the password was typed before.
    """

    unit_of_work: IdentityWorkFactory
    give_code: GiveCode
    requirement: Requirement
    clock: Clock

    async def __call__(self, command: PageSignIn) -> SignedIn:
        now, credentials = self.clock.now(), command.credentials
        async with self.unit_of_work() as uow:
            browser_sessions = self.give_code.browser_sessions
            owner = await browser_sessions.account_of(command.cookie, uow=uow)
            if owner is None:
                raise NotSignedInHere
            account = await uow.accounts.get(owner)  # before its session, as everybody locks them: a code refers to it
            session = await browser_sessions.find(command.cookie, uow=uow, now=now)
            if (
                session is None
                or not account.may_go_on(self.requirement)
                or (account.second_factor and not session.second_factor)
            ):
                raise NotSignedInHere
            session.use(now)
            signed_in = self.give_code.from_session(account, command, session, uow=uow, now=now)
            uow.audit.add(
                account.record(
                    AuditAction.SIGNED_IN,
                    now,
                    by=str(account.id),
                    client_id=credentials.client_id,
                    address=credentials.address,
                    facts={"browser": session.sid},
                )
            )
            await uow.commit()
        return signed_in
